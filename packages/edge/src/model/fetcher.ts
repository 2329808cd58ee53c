/**
 * Brings the models that the cloud wants onto the device: asked for by hash, checked by hash, then by signature, and
 * only then decoded. What passes is written down and offered to the rollout; what does not is refused, with the reason,
 * until another model is wanted. One at a time, beside the readings.
 */
import { type Clock, errorCode, errorMessage, Fault, type Log } from '@fernsight/base';
import { decodeModel, ModelError, requireSight, type SensorModel } from '@fernsight/detect';
import type { BatchReply } from '@fernsight/wire/agent';
import { MODEL_RETRY_MS } from '../limits.ts';
import { Bell } from '../uplink/bell.ts';
import type { ModelLink } from '../uplink/link.ts';
import { hashOf, type ModelFiles } from './modelFiles.ts';
import { isSigned } from './modelKey.ts';
import type { Rollout } from './rollout.ts';
import type { Trust } from './trust.ts';

export interface FetcherOptions {
  readonly link: ModelLink;
  readonly files: ModelFiles;
  readonly rollout: Rollout;
  readonly trust: Trust;
  readonly clock: Clock;
  readonly log: Log;
  /** index of the next reading */
  readonly next: () => number;
}

/** A model that is no good, for a reason that a person can read. */
class Refusal extends Error {
  override name = 'Refusal';
}

export class Fetcher {
  readonly #options: FetcherOptions;
  readonly #bell = new Bell();
  #wanted = new Map<string, string>();

  constructor(options: FetcherOptions) {
    this.#options = options;
  }

  /** What the cloud wants, by its reply to a batch. */
  hear(models: BatchReply['models']): void {
    const { rollout, next } = this.#options;
    this.#wanted = new Map(models.map(({ sensorType, hash }) => [sensorType, hash]));
    rollout.hear(this.#wanted, next());
    if (this.#missing() !== undefined) this.#bell.ring();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    while (!signal.aborted) {
      await this.#bell.wait(clock, MODEL_RETRY_MS, signal);
      try {
        for (;;) {
          const missing = this.#missing();
          if (missing === undefined || signal.aborted) break;
          await this.#fetch(missing, signal);
        }
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        if (signal.aborted) return;
        log.warn('a model cannot be fetched', { reason: errorMessage(error) });
        await clock.sleep(MODEL_RETRY_MS, signal);
      }
    }
  }

  /** @returns a model that is wanted and not here */
  #missing(): { readonly sensorType: string; readonly hash: string } | undefined {
    for (const [sensorType, hash] of this.#wanted) {
      if (this.#options.rollout.wants(sensorType, hash)) return { sensorType, hash };
    }
    return undefined;
  }

  async #fetch(
    { sensorType, hash }: { readonly sensorType: string; readonly hash: string },
    signal: AbortSignal,
  ): Promise<void> {
    const { rollout, next } = this.#options;
    try {
      const { bytes, model } = await this.#verified(hash, signal);
      if (model.sensorType !== sensorType) {
        throw new Refusal(`it is a model of ${model.sensorType}`);
      }
      this.#keep(hash, bytes);
      if (this.#wanted.get(sensorType) !== hash) return;
      rollout.offer(sensorType, { hash, ...model }, next());
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      rollout.refuse(sensorType, hash, error.message);
    }
  }

  /** @throws Fault where the disk does not take it just now */
  #keep(hash: string, bytes: Uint8Array): void {
    try {
      this.#options.files.write(hash, bytes);
    } catch (cause) {
      if (errorCode(cause) === undefined) throw cause;
      throw new Fault(`the disk does not take it: ${errorMessage(cause)}`, {
        op: 'model.write',
        hint: 'make room on the disk',
        cause,
        retryable: true,
      });
    }
  }

  /** @throws Refusal, LinkError */
  async #verified(
    hash: string,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: Uint8Array; readonly model: SensorModel }> {
    const { link } = this.#options;
    const signed = await link.fetchModel(hash, signal);
    const bytes = Buffer.from(signed.bytes, 'base64');
    if (hashOf(bytes) !== hash) throw new Refusal('its bytes are not those that its name says');
    if (!(await this.#isTrusted(bytes, signed.signature, signal))) {
      throw new Refusal('its signature is not of the key that this device trusts');
    }
    try {
      const model = decodeModel(bytes);
      requireSight(model);
      return { bytes, model };
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      throw new Refusal(error.message);
    }
  }

  /** A signature that the known key did not make may be of the server's new one. */
  async #isTrusted(bytes: Uint8Array, signature: string, signal: AbortSignal): Promise<boolean> {
    const { link, trust } = this.#options;
    if (trust.key !== undefined && isSigned(trust.key, bytes, signature)) return true;
    if (!trust.accept(await link.fetchModelKey(signal))) return false;
    return trust.key !== undefined && isSigned(trust.key, bytes, signature);
  }
}
