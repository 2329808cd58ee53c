/**
 * The patch bank as a detector: learnt on a clean prefix, or on its own first PREFIX_MIN rows where none is given.
 */
import { markDecades, scoreOf } from '../evidence.ts';
import { requireFiniteRow } from '../reading.ts';
import type {
  ResumableJudge,
  ResumableJudgeFactory,
  ResumableOptions,
  RowBlock,
} from '../rowJudge.ts';
import { PackedArrays, packArrays } from '../rowSnapshot.ts';
import { clearVerdict, type Verdict } from '../verdict.ts';
import { PatchBank, PREFIX_MIN } from './patchBank.ts';

/** Marked from a quarter beyond what one row in a hundred of the prefix shows: unseen normal rows lie further out. */
const MARK_DISTANCE = 1.25;
/** An alarm wants twice that. */
const ALARM_DISTANCE = 2 * MARK_DISTANCE;

/** @returns a judge of rows by the patch bank */
export const createPatchJudge: ResumableJudgeFactory = (options) => new PatchJudge(options);

export class PatchJudge implements ResumableJudge {
  readonly width: number;
  readonly #random: () => number;
  readonly #decades: number;
  #bank: PatchBank | undefined;
  #prefix: Prefix | undefined;

  constructor({ width, train, random, snapshot }: ResumableOptions) {
    this.width = width;
    this.#random = random;
    this.#decades = markDecades(0);
    if (snapshot !== undefined) this.#restore(snapshot);
    else if (train !== undefined && train.count >= PREFIX_MIN)
      this.#bank = PatchBank.learn(train, random);
    else this.#prefix = new Prefix(width);
  }

  /** @throws {ReadingError} on an infinite value */
  judge(tsUs: number, row: Float64Array, out: Verdict): void {
    requireFiniteRow(row);
    const distance = this.#bank?.push(row) ?? 0;
    clearVerdict(out);
    out.score = scoreOf((this.#decades * distance) / MARK_DISTANCE);
    out.threshold = scoreOf(this.#decades);
    out.anomaly = out.score >= out.threshold;
    out.alarm = distance >= ALARM_DISTANCE;
    out.kind = out.anomaly ? 'joint' : 'none';
    out.stage = this.#bank === undefined ? 'warming' : 'ready';
    out.needed = this.#prefix?.needed() ?? 0;
    out.channels[0] = 'patch';
    out.weights[0] = 1;
    if (this.#prefix?.add(tsUs, row) === true) {
      this.#bank = PatchBank.learn(this.#prefix.block(), this.#random);
      this.#prefix = undefined;
    }
  }

  /** The bank is a part of it, or the prefix as far as it goes. Chance was not drawn from before the bank is learnt. */
  snapshot(): Uint8Array {
    const arrays = this.#bank?.arrays() ?? this.#prefix?.arrays() ?? [];
    return packArrays('p', this.width, [Float64Array.of(this.#prefix ? 0 : 1), ...arrays]);
  }

  #restore(bytes: Uint8Array): void {
    const packed = new PackedArrays('p', this.width, bytes);
    const [learnt = 0] = packed.float64();
    if (learnt === 1) this.#bank = PatchBank.restore(packed);
    else this.#prefix = Prefix.restore(this.width, packed);
  }
}

/** The first rows, while they are collected. */
class Prefix {
  readonly #width: number;
  readonly #tsUs = new Float64Array(PREFIX_MIN);
  readonly #values: Float64Array;
  #count = 0;

  constructor(width: number) {
    this.#width = width;
    this.#values = new Float64Array(PREFIX_MIN * width);
  }

  static restore(width: number, packed: PackedArrays): Prefix {
    const prefix = new Prefix(width);
    const [count = 0] = packed.float64();
    prefix.#count = count;
    packed.fill(prefix.#tsUs);
    packed.fill(prefix.#values);
    return prefix;
  }

  arrays(): ArrayBufferView[] {
    return [Float64Array.of(this.#count), this.#tsUs, this.#values];
  }

  needed(): number {
    return PREFIX_MIN - this.#count;
  }

  /** @returns whether the prefix is whole */
  add(tsUs: number, row: Float64Array): boolean {
    this.#tsUs[this.#count] = tsUs;
    this.#values.set(row, this.#count * this.#width);
    this.#count += 1;
    return this.#count === PREFIX_MIN;
  }

  block(): RowBlock {
    return { width: this.#width, count: PREFIX_MIN, tsUs: this.#tsUs, values: this.#values };
  }
}
