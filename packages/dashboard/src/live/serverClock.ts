/**
 * The server's clock as the page sees it: what the last frame said, carried on by the machine's own clock between frames
 * and while the line is down. Ages and live ranges go by it, so a viewer's wrong clock does no harm.
 */
import { signal as createSignal, type ReadonlySignal } from '@preact/signals';
import type { Machine } from './machine.ts';

export class ServerClock {
  /** moves in steps of a second, and with each frame */
  readonly nowUs: ReadonlySignal<number>;
  readonly #nowUs;
  readonly #machine: Machine;
  #aheadUs = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#nowUs = createSignal(machine.nowUs());
    this.nowUs = this.#nowUs;
  }

  /** A frame says what time it is. */
  set(serverUs: number): void {
    this.#aheadUs = serverUs - this.#machine.nowUs();
    this.#nowUs.value = serverUs;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#nowUs.value = this.#machine.nowUs() + this.#aheadUs;
      await this.#machine.sleep(1000, signal);
    }
  }
}
