/**
 * When the cloud heard each device, and which of them were silent so long that a cloud that deletes the history of such
 * devices may have deleted theirs.
 */
export class Silences {
  readonly #heardMs = new Map<string, number>();
  readonly #forgottenMs = new Map<string, number>();
  readonly #silentMs: number;

  /** @param silentMs after which a history may go; infinite where none does */
  constructor(silentMs: number) {
    this.#silentMs = silentMs - SLACK_MS;
  }

  heard(device: string, nowMs: number): void {
    this.forgottenMs(device, nowMs);
    this.#heardMs.set(device, nowMs);
  }

  /** @returns the moment before which what was taken may be gone; minus infinity where nothing may */
  forgottenMs(device: string, nowMs: number): number {
    const silentFromMs = (this.#heardMs.get(device) ?? nowMs) + this.#silentMs;
    if (nowMs >= silentFromMs) this.#forgottenMs.set(device, nowMs);
    return this.#forgottenMs.get(device) ?? Number.NEGATIVE_INFINITY;
  }
}

/** The cloud's clock steps by up to two seconds, now and then. */
const SLACK_MS = 10_000;
