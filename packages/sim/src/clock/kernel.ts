/**
 * The one timeline of a simulation. Events happen in the order of their times, equal times in the order in which they
 * were asked for, and whatever an event sets going comes to rest before the next one: a history is a function of its seed.
 */

export interface Timer {
  cancel(): void;
}

interface Event {
  readonly atMs: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** A turn of the process's loop costs as much as a simple event. */
const EVENTS_PER_TURN = 256;

export class Kernel {
  #nowMs = 0;
  #order = 0;
  /** a binary heap: the next event first */
  readonly #events: Event[] = [];
  #eventCount = 0;

  /** milliseconds since the simulation began */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** events that have happened */
  get eventCount(): number {
    return this.#eventCount;
  }

  /** @param afterMs from now, at least 0 */
  after(afterMs: number, run: () => void): Timer {
    const event: Event = { atMs: this.#nowMs + Math.max(0, afterMs), order: this.#order++, run };
    this.#push(event);
    return {
      cancel: () => {
        event.run = undefined;
      },
    };
  }

  /** Lets everything happen up to a time, or until `enough` says so after an event. */
  async runUntil(endMs: number, enough: () => boolean = never): Promise<void> {
    await settle();
    for (let next = this.#events[0]; next !== undefined && next.atMs <= endMs; ) {
      this.#pop();
      if (next.run !== undefined) {
        this.#nowMs = next.atMs;
        this.#eventCount++;
        next.run();
        await (this.#eventCount % EVENTS_PER_TURN === 0 ? turn() : settle());
        if (enough()) return;
      }
      next = this.#events[0];
    }
    this.#nowMs = Math.max(this.#nowMs, endMs);
  }

  #push(event: Event): void {
    const events = this.#events;
    let at = events.length;
    events.push(event);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = events[above];
      if (parent === undefined || !isBefore(event, parent)) break;
      events[at] = parent;
      at = above;
    }
    events[at] = event;
  }

  #pop(): void {
    const events = this.#events;
    const last = events.pop();
    if (last === undefined || events.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      const [left, right] = [events[below], events[below + 1]];
      if (left === undefined) break;
      let child = left;
      if (right !== undefined && isBefore(right, left)) {
        child = right;
        below++;
      }
      if (!isBefore(child, last)) break;
      events[at] = child;
      at = below;
    }
    events[at] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function never(): boolean {
  return false;
}

/** Resolves when no promise's callback is left to run. Nothing on a simulated path waits for anything else. */
function settle(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

/** Resolves after a turn of the process's own loop, at which the collector tidies up what lies outside the heap. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
