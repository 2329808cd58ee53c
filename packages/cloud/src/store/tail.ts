/**
 * The tail of a device: its readings since they were last packed into chunks, in the order they were judged. The same
 * readings stand in the journal; the tail is how they are read, packed, and judged again after a restart.
 */
import { must } from '@fernsight/base';
import type { Band, RawRows } from './chunk.ts';

/** Readings of one block: small beside a full tail, so that little of a tail's last block is empty. */
const BLOCK_BITS = 6;
const BLOCK = 1 << BLOCK_BITS;
/** Readings of one slab, in which blocks are made: 360 kB. */
const SLAB_BITS = 14;
const SLAB = 1 << SLAB_BITS;

/** Columns of one length. */
interface Slab {
  readonly series: Uint16Array;
  readonly tsUs: Float64Array;
  readonly value: Float64Array;
  readonly steps: Uint16Array;
  readonly marks: Uint16Array;
}

/**
 * Blocks of readings, shared by the tails of a registry. Ten thousand tails that each kept room for their longest would
 * take several times the memory of what is in them; here a block goes back to the others when its tail was packed.
 */
export class Blocks {
  readonly #slabs: Slab[] = [];
  /** where blocks begin that nobody has */
  readonly #free: number[] = [];

  /** @returns where a block begins; what it holds is anything */
  take(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const first = this.#slabs.length * SLAB;
    for (let at = first + SLAB - BLOCK; at > first; at -= BLOCK) this.#free.push(at);
    this.#slabs.push({
      series: new Uint16Array(SLAB),
      tsUs: new Float64Array(SLAB),
      value: new Float64Array(SLAB),
      steps: new Uint16Array(SLAB),
      marks: new Uint16Array(SLAB),
    });
    return first;
  }

  giveBack(blocks: readonly number[]): void {
    for (const block of blocks) this.#free.push(block);
  }

  /** @returns the slab that a place is in; the place in it is `at & (SLAB - 1)` */
  slabOf(at: number): Slab {
    return must(this.#slabs[at >> SLAB_BITS], 'a place in a slab');
  }
}

export class Tail {
  readonly #pool: Blocks;
  readonly #blocks: number[] = [];
  #count = 0;
  readonly #bands: SeriesBand[] = [];

  /** @param pool where its memory comes from, and goes when it is packed */
  constructor(pool = new Blocks()) {
    this.#pool = pool;
  }

  get count(): number {
    return this.#count;
  }

  /** @param row what to add; `series` is the place of the series in its device's list */
  add(row: TailRow): void {
    if (this.#count % BLOCK === 0) this.#blocks.push(this.#pool.take());
    const place = this.#placeOf(this.#count++);
    const slab = this.#pool.slabOf(place);
    const at = place & (SLAB - 1);
    slab.series[at] = row.series;
    slab.tsUs[at] = row.tsUs;
    slab.value[at] = row.value;
    slab.steps[at] = row.steps;
    slab.marks[at] = row.mark;
  }

  addBand(series: number, band: Band): void {
    this.#bands.push({ series, band });
  }

  /** Calls back with each reading, in the order they were judged. */
  each(visit: (row: TailRow) => void): void {
    for (let row = 0; row < this.#count; row++) visit(this.#row(row));
  }

  /** @returns a copy of one series' readings in time order. O(count) */
  rowsOf(series: number): RawRows {
    const rows: TailRow[] = [];
    this.each((row) => {
      if (row.series === series) rows.push(row);
    });
    return inTimeOrder(
      rows,
      this.#bands.filter((entry) => entry.series === series),
    );
  }

  /** @returns a copy of the readings of each series that has any, in time order, by its place. One pass: O(count) */
  bySeries(): Map<number, RawRows> {
    const rows = new Map<number, TailRow[]>();
    this.each((row) => {
      const ofSeries = rows.get(row.series);
      if (ofSeries === undefined) rows.set(row.series, [row]);
      else ofSeries.push(row);
    });
    const bands = Map.groupBy(this.#bands, ({ series }) => series);
    return new Map(
      Array.from(rows, ([series, ofSeries]) => [
        series,
        inTimeOrder(ofSeries, bands.get(series) ?? []),
      ]),
    );
  }

  /** Forgets everything and gives its memory back. */
  clear(): void {
    this.#pool.giveBack(this.#blocks);
    this.#blocks.length = 0;
    this.#count = 0;
    this.#bands.length = 0;
  }

  #row(row: number): TailRow {
    const place = this.#placeOf(row);
    const slab = this.#pool.slabOf(place);
    const at = place & (SLAB - 1);
    return {
      series: slab.series[at] ?? 0,
      tsUs: slab.tsUs[at] ?? 0,
      value: slab.value[at] ?? 0,
      steps: slab.steps[at] ?? 0,
      mark: slab.marks[at] ?? 0,
    };
  }

  #placeOf(row: number): number {
    return (this.#blocks[row >> BLOCK_BITS] ?? 0) + (row & (BLOCK - 1));
  }
}

/** @returns columns; readings of one stamp stay in the order in which they were judged */
function inTimeOrder(rows: TailRow[], bands: readonly SeriesBand[]): RawRows {
  const isOrdered = rows.every(({ tsUs }, at) => at === 0 || (rows[at - 1]?.tsUs ?? 0) <= tsUs);
  if (!isOrdered) rows.sort((a, b) => a.tsUs - b.tsUs);
  return {
    tsUs: Float64Array.from(rows, ({ tsUs }) => tsUs),
    value: Float64Array.from(rows, ({ value }) => value),
    steps: Uint16Array.from(rows, ({ steps }) => steps),
    marks: Uint16Array.from(rows, ({ mark }) => mark),
    bands: bands.map(({ band }) => band).sort((a, b) => a.tsUs - b.tsUs),
  };
}

/** A band and the place of its series. */
interface SeriesBand {
  readonly series: number;
  readonly band: Band;
}

export interface TailRow {
  readonly series: number;
  readonly tsUs: number;
  readonly value: number;
  readonly steps: number;
  readonly mark: number;
}
