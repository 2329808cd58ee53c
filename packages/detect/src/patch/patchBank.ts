/**
 * What clean stretches of a device look like: a row is judged by how far it and the rows before it are from everything
 * that a clean prefix held, even where each value is ordinary.
 *
 * Three views of the same rows: patches of 8 rows (prompt), patches of 32 (shapes), and the largest smoothed deviation
 * (a level that has moved a little, for long). Each is 1 where one row in a hundred of the prefix is; the answer is the
 * largest, with the level at half weight. The bank is learnt once and does not learn from what it judges.
 */
import type { RowBlock } from '../rowJudge.ts';
import type { PackedArrays } from '../rowSnapshot.ts';
import { Prototypes } from './prototypes.ts';
import { Scaling } from './scaling.ts';

const LENGTHS = [8, 32] as const;
const RING = 32;
/** Rows of a prefix below which it shows too little: each prototype should stand for more than one patch. */
export const PREFIX_MIN = 256;
/** The level is smoothed over about 32 rows. */
const LEVEL_RATE = 0.03;
const LEVEL_WEIGHT = 0.5;
const USUAL_SHARE = 0.99;
const LEVEL_MIN = 1e-3;

/** What a prefix taught. */
interface Learnt {
  readonly scaling: Scaling;
  readonly banks: readonly Prototypes[];
  readonly usualLevel: number;
}

export class PatchBank {
  readonly #scaling: Scaling;
  readonly #banks: readonly Prototypes[];
  /** every row stands twice, RING rows apart, so that a patch is always one stretch */
  readonly #rows: Float32Array;
  readonly #level: Float64Array;
  readonly #usualLevel: number;
  #next = 0;
  #seen = 0;

  private constructor({ scaling, banks, usualLevel }: Learnt) {
    this.#scaling = scaling;
    this.#banks = banks;
    this.#usualLevel = usualLevel;
    this.#rows = new Float32Array(2 * RING * scaling.width);
    this.#level = new Float64Array(scaling.width);
  }

  /** @param train clean rows, PREFIX_MIN or more @param random uniform in [0, 1), seeded */
  static learn(train: RowBlock, random: () => number): PatchBank {
    const scaling = Scaling.learn(train);
    const { width } = scaling;
    const level = new Float64Array(width);
    const rows = new Float32Array(train.count * width);
    const levels = new Float64Array(train.count);
    for (let i = 0; i < train.count; i += 1) {
      const row = train.values.subarray(i * train.width, (i + 1) * train.width);
      scaling.apply(row, rows, i * width);
      levels[i] = pushLevel(level, rows, i * width);
    }
    const sorted = levels.subarray(RING).slice().sort();
    const usualLevel = Math.max(sorted[Math.floor(sorted.length * USUAL_SHARE)] ?? 0, LEVEL_MIN);
    const banks = LENGTHS.map((length) => Prototypes.learn({ rows, width, length, random }));
    return new PatchBank({ scaling, banks, usualLevel });
  }

  /** @throws {SnapshotError} */
  static restore(packed: PackedArrays): PatchBank {
    const scaling = Scaling.restore(packed);
    const { width } = scaling;
    const banks = LENGTHS.map((length) => Prototypes.restore({ length, width }, packed));
    const [usualLevel = LEVEL_MIN, next = 0, seen = 0] = packed.float64();
    const bank = new PatchBank({ scaling, banks, usualLevel });
    packed.fill(bank.#rows);
    packed.fill(bank.#level);
    bank.#next = next;
    bank.#seen = seen;
    return bank;
  }

  /** What was learnt, and the rows before the next one: about 20 KB a sensor. */
  arrays(): ArrayBufferView[] {
    return [
      ...this.#scaling.arrays(),
      ...this.#banks.flatMap((bank) => bank.arrays()),
      Float64Array.of(this.#usualLevel, this.#next, this.#seen),
      this.#rows,
      this.#level,
    ];
  }

  /** @returns how unlike the prefix the last rows are: 1 where one in a hundred of its own is; 0 for the first rows */
  push(row: Float64Array): number {
    const { width } = this.#scaling;
    const at = this.#next * width;
    this.#scaling.apply(row, this.#rows, at);
    this.#rows.copyWithin(at + RING * width, at, at + width);
    this.#next = this.#next + 1 < RING ? this.#next + 1 : 0;
    const level = (LEVEL_WEIGHT * pushLevel(this.#level, this.#rows, at)) / this.#usualLevel;
    if (this.#seen < RING) {
      this.#seen += 1;
      return 0;
    }
    let most = level;
    for (const bank of this.#banks) {
      const distance = bank.distanceTo(this.#rows, (this.#next + RING - bank.length) * width);
      if (distance > most) most = distance;
    }
    return most;
  }
}

/** Smooths each sensor's level by the row at rows[at …]. @returns the largest */
function pushLevel(levels: Float64Array, rows: Float32Array, at: number): number {
  let most = 0;
  for (let j = 0; j < levels.length; j += 1) {
    const level = levels[j] ?? 0;
    const moved = level + LEVEL_RATE * ((rows[at + j] ?? 0) - level);
    levels[j] = moved;
    const size = Math.abs(moved);
    if (size > most) most = size;
  }
  return most;
}
