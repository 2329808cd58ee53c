/**
 * Remembers answers of the database for a moment, so that a device that sends every second costs one look-up a second at
 * most. Changes made by this process forget at once; those of another are felt when the moment is over.
 */
import type { Clock } from '@fernsight/base';
import { RECALL_ENTRIES_MAX, RECALL_MS } from './limits.ts';

export class Recall<Value> {
  readonly #clock: Clock;
  #answers = new Map<string, Value>();
  #untilMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns what was remembered of `key`, or what `find` says */
  get(key: string, find: () => Value): Value {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs >= this.#untilMs || this.#answers.size >= RECALL_ENTRIES_MAX) {
      this.#answers = new Map();
      this.#untilMs = nowMs + RECALL_MS;
    }
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const found = find();
    this.#answers.set(key, found);
    return found;
  }

  forget(): void {
    this.#answers.clear();
  }
}
