/**
 * One line that says how far things are: rewritten in place on a terminal, elsewhere (a log, a pipe) printed afresh and
 * rarely.
 */
import type { Clock } from '@fernsight/base';
import type { Terminal } from './invocation.ts';

/** Time between lines where they cannot be rewritten. */
const SPARSE_MS = 10_000;
const CLEAR_LINE = '\r\u001b[2K';

export class ProgressLine {
  readonly #terminal: Terminal;
  readonly #clock: Clock;
  #printedMs: number;
  #isOpen = false;

  constructor(terminal: Terminal, clock: Clock) {
    this.#terminal = terminal;
    this.#clock = clock;
    this.#printedMs = clock.monotonicMs();
  }

  show(text: string): void {
    if (this.#terminal.isTTY === true) {
      // a terminal that does not know its width says 0
      const columns = this.#terminal.columns || 80;
      this.#terminal.write(CLEAR_LINE + text.slice(0, columns - 1));
      this.#isOpen = true;
    } else if (this.#clock.monotonicMs() - this.#printedMs >= SPARSE_MS) {
      this.#printedMs = this.#clock.monotonicMs();
      this.#terminal.write(`${text}\n`);
    }
  }

  /** Leaves the line for what is printed next. */
  end(): void {
    if (this.#isOpen) this.#terminal.write('\n');
    this.#isOpen = false;
  }
}
