/** Which key this agent checks models with, and how it came by it; kept in the outbox's state. */
import { Fault, type Log } from '@fernsight/base';
import type { AgentStatus, ModelKey } from '@fernsight/wire/agent';
import { fingerprintOf, followKey } from './modelKey.ts';

export const TRUST_KEY = 'model-key';

interface TrustState {
  readonly key: string;
  readonly origin: 'enrolment' | 'first use';
  /** what was pinned at enrolment when `key` was first trusted */
  readonly pinned: string | undefined;
}

export class Trust {
  readonly #log: Log;
  #state: TrustState | undefined;
  #isChanged = false;

  /**
   * @param pinned the key of the enrolment; another one than before is a new enrolment, and holds
   * @param text the state row, if there is one
   */
  constructor(pinned: string | undefined, text: string | undefined, log: Log) {
    this.#log = log;
    this.#state = text === undefined ? undefined : parseTrust(text);
    if (pinned !== undefined && this.#state?.pinned !== pinned) {
      this.#become({ key: pinned, origin: 'enrolment', pinned });
    }
  }

  get key(): string | undefined {
    return this.#state?.key;
  }

  /**
   * Takes over the server's key: where none is known, as it is; else where signatures lead to it.
   * @returns whether the server's key is trusted now
   */
  accept(offered: ModelKey): boolean {
    const state = this.#state;
    if (state === undefined) {
      const key = offered.publicKey;
      this.#become({ key, origin: 'first use', pinned: undefined });
      this.#log.warn('no key for models was pinned: the first one that the cloud showed is', {
        fingerprint: fingerprintOf(key),
      });
      return true;
    }
    const key = followKey(state.key, offered);
    if (key === undefined) return false;
    if (key !== state.key) {
      this.#become({ ...state, key });
      this.#log.info('the key for models has changed, signed by the one before', {
        fingerprint: fingerprintOf(key),
      });
    }
    return true;
  }

  /** @returns the state row, where it changed since `committed` */
  *changedRows(): Generator<readonly [string, string]> {
    if (this.#isChanged) yield [TRUST_KEY, JSON.stringify(this.#state)];
  }

  get hasChanged(): boolean {
    return this.#isChanged;
  }

  committed(): void {
    this.#isChanged = false;
  }

  status(): AgentStatus['modelKey'] {
    if (this.#state === undefined) return undefined;
    const { key, origin } = this.#state;
    return { fingerprint: fingerprintOf(key), origin };
  }

  #become(state: TrustState): void {
    this.#state = state;
    this.#isChanged = true;
  }
}

function parseTrust(text: string): TrustState {
  const { key, origin, pinned } = Object(JSON.parse(text));
  const isKnown = origin === 'enrolment' || origin === 'first use';
  if (typeof key !== 'string' || !isKnown) {
    throw new Fault("the outbox's key for models is damaged", { op: 'outbox.read' });
  }
  return { key, origin, pinned: typeof pinned === 'string' ? pinned : undefined };
}
