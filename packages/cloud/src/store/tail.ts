/**
 * The tail of a device: its readings since they were last packed into chunks, in the order they were judged. The same
 * readings stand in the journal; the tail is how they are read, packed, and judged again after a restart.
 */
import type { Band, RawRows } from './chunk.ts';

const CAPACITY_FIRST = 16;

export class Tail {
  #capacity = 0;
  #count = 0;
  #series = new Uint16Array(0);
  #tsUs = new Float64Array(0);
  #value = new Float64Array(0);
  #steps = new Uint16Array(0);
  #marks = new Uint16Array(0);
  readonly #bands: { readonly series: number; readonly band: Band }[] = [];

  get count(): number {
    return this.#count;
  }

  /** @param row what to add; `series` is the place of the series in its device's list */
  add(row: TailRow): void {
    if (this.#count === this.#capacity) this.#grow();
    const at = this.#count++;
    this.#series[at] = row.series;
    this.#tsUs[at] = row.tsUs;
    this.#value[at] = row.value;
    this.#steps[at] = row.steps;
    this.#marks[at] = row.mark;
  }

  addBand(series: number, band: Band): void {
    this.#bands.push({ series, band });
  }

  /** Calls back with each reading, in the order they were judged. */
  each(visit: (row: TailRow) => void): void {
    for (let at = 0; at < this.#count; at++) visit(this.#row(at));
  }

  /** @returns the value of a series at a stamp, newest first, or undefined. O(count) */
  valueAt(series: number, tsUs: number): number | undefined {
    for (let at = this.#count - 1; at >= 0; at--) {
      if (this.#tsUs[at] === tsUs && this.#series[at] === series) return this.#value[at];
    }
    return undefined;
  }

  /** @returns a copy of one series' readings in time order. O(count) */
  rowsOf(series: number): RawRows {
    const rows: number[] = [];
    for (let at = 0; at < this.#count; at++) if (this.#series[at] === series) rows.push(at);
    const column = (from: Float64Array | Uint16Array) => (row: number) => from[row] ?? 0;
    const stamp = column(this.#tsUs);
    rows.sort((a, b) => stamp(a) - stamp(b));
    return {
      tsUs: Float64Array.from(rows, stamp),
      value: Float64Array.from(rows, column(this.#value)),
      steps: Uint16Array.from(rows, column(this.#steps)),
      marks: Uint16Array.from(rows, column(this.#marks)),
      bands: this.#bands
        .filter((entry) => entry.series === series)
        .map((entry) => entry.band)
        .sort((a, b) => a.tsUs - b.tsUs),
    };
  }

  /** Forgets everything; the memory stays for what comes. */
  clear(): void {
    this.#count = 0;
    this.#bands.length = 0;
  }

  #row(at: number): TailRow {
    return {
      series: this.#series[at] ?? 0,
      tsUs: this.#tsUs[at] ?? 0,
      value: this.#value[at] ?? 0,
      steps: this.#steps[at] ?? 0,
      mark: this.#marks[at] ?? 0,
    };
  }

  #grow(): void {
    const capacity = Math.max(CAPACITY_FIRST, this.#capacity * 2);
    this.#series = widen(this.#series, new Uint16Array(capacity));
    this.#tsUs = widen(this.#tsUs, new Float64Array(capacity));
    this.#value = widen(this.#value, new Float64Array(capacity));
    this.#steps = widen(this.#steps, new Uint16Array(capacity));
    this.#marks = widen(this.#marks, new Uint16Array(capacity));
    this.#capacity = capacity;
  }
}

export interface TailRow {
  readonly series: number;
  readonly tsUs: number;
  readonly value: number;
  readonly steps: number;
  readonly mark: number;
}

function widen<T extends Uint16Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
