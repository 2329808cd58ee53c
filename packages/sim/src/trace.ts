/**
 * The log of a simulation: every line of every node, and what the simulation itself does, into one hash. Two runs of a
 * seed are the same history when their hashes are; the newest lines are kept for whoever reads a failure.
 */
import { createHash } from 'node:crypto';
import type { Log, LogFields, LogLevel } from '@fernsight/base';
import type { Kernel } from './clock/kernel.ts';
import { TRACE_LINES_KEPT } from './limits.ts';

/** How an error of a node is dealt with: it may be one that no fault excuses. */
export type OnError = (node: string, message: string, fields: LogFields) => void;

export class Trace {
  readonly #hash = createHash('sha256');
  readonly #kernel: Kernel;
  readonly #onError: OnError;
  /** where the files are: another place at each run, and no part of the history */
  readonly #root: string;
  readonly #lines: string[] = [];
  #lineCount = 0;

  constructor(kernel: Kernel, { root, onError }: { root: string; onError: OnError }) {
    this.#kernel = kernel;
    this.#root = root;
    this.#onError = onError;
  }

  note(node: string, text: string): void {
    const line = `${this.#kernel.nowMs.toFixed(3)} ${node} ${text}`.replaceAll(this.#root, '');
    this.#hash.update(line);
    this.#lines[this.#lineCount++ % TRACE_LINES_KEPT] = line;
  }

  /** @param isAlive a process that was killed says nothing more */
  logOf(node: string, isAlive: () => boolean, common: LogFields = {}): Log {
    const at =
      (level: LogLevel) =>
      (message: string, fields: LogFields = {}) => {
        if (!isAlive()) return;
        const all = { ...common, ...fields };
        this.note(node, `${level} ${message} ${JSON.stringify(all)}`);
        if (level === 'error') this.#onError(node, message, all);
      };
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      with: (fields) => this.logOf(node, isAlive, { ...common, ...fields }),
    };
  }

  /** @returns the newest lines, oldest first */
  newest(): string[] {
    const start = this.#lineCount % TRACE_LINES_KEPT;
    return [...this.#lines.slice(start), ...this.#lines.slice(0, start)];
  }

  /** @returns the hash of everything so far, hexadecimal */
  digest(): string {
    return this.#hash.copy().digest('hex');
  }
}
