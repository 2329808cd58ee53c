/**
 * One line that says how far things are: rewritten in place on a terminal, elsewhere (a log, a pipe) printed afresh and
 * rarely.
 */
import type { Clock } from '@fernsight/base';
import type { Screen } from './invocation.ts';

/** Time between lines where they cannot be rewritten. */
const SPARSE_MS = 10_000;
const CLEAR_LINE = '\r\u001b[2K';

export class ProgressLine {
  readonly #screen: Screen;
  readonly #clock: Clock;
  #printedMs: number;
  #isOpen = false;

  constructor(screen: Screen, clock: Clock) {
    this.#screen = screen;
    this.#clock = clock;
    this.#printedMs = clock.monotonicMs();
  }

  show(text: string): void {
    if (this.#screen.isTTY === true) {
      this.#screen.write(CLEAR_LINE + text.slice(0, (this.#screen.columns ?? 80) - 1));
      this.#isOpen = true;
    } else if (this.#clock.monotonicMs() - this.#printedMs >= SPARSE_MS) {
      this.#printedMs = this.#clock.monotonicMs();
      this.#screen.write(`${text}\n`);
    }
  }

  /** Leaves the line for what is printed next. */
  end(): void {
    if (this.#isOpen) this.#screen.write('\n');
    this.#isOpen = false;
  }
}
