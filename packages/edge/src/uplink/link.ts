/**
 * The seam to the cloud: one batch goes out, one reply comes back, or a LinkError says why not.
 *
 * Whatever goes wrong after the first byte was sent leaves open whether the batch arrived; the caller sends the same
 * range again, and the cloud applies it once (I4).
 */
import { Fault, type FaultDetail } from '@fernsight/base';
import type { Batch, BatchReply, ModelKey, SignedModel } from '@fernsight/wire/agent';

export interface Link {
  /**
   * @param signal gives up waiting
   * @throws LinkError
   */
  exchange(batch: Batch, signal: AbortSignal): Promise<BatchReply>;
  /** absent: no model is ever fetched, and what the agent has goes on */
  readonly models?: ModelLink;
  close?(): void;
}

/** Where models come from. */
export interface ModelLink {
  /** @returns what the cloud has under this name, not checked by anybody. @throws LinkError */
  fetchModel(hash: string, signal: AbortSignal): Promise<SignedModel>;
  /** @throws LinkError */
  fetchModelKey(signal: AbortSignal): Promise<ModelKey>;
}

/**
 * - `unreachable` nobody answered, or the answer broke off
 * - `busy`        429 or 503: asked to come back later
 * - `denied`      401, 403, 404: the address or the credential is wrong; nothing is given up
 * - `refused`     400, 409, 422: this batch is unacceptable
 * - `tooLarge`    413
 * - `garbage`     the answer is not one of Fernsight's cloud
 */
export type LinkErrorKind = 'unreachable' | 'busy' | 'denied' | 'refused' | 'tooLarge' | 'garbage';

export class LinkError extends Fault {
  override name = 'LinkError';
  readonly kind: LinkErrorKind;
  /** what the cloud asked for by Retry-After; 0 where it did not */
  readonly retryAfterMs: number;

  constructor(
    kind: LinkErrorKind,
    message: string,
    detail: Partial<FaultDetail> & { readonly retryAfterMs?: number } = {},
  ) {
    super(message, { op: 'uplink.exchange', retryable: kind !== 'refused', ...detail });
    this.kind = kind;
    this.retryAfterMs = detail.retryAfterMs ?? 0;
  }
}
