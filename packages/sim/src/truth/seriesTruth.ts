/**
 * What really happened to each reading of one series. A reading carries its number in the digits behind its value
 * (millionths of a thousandth), so that it is known wherever it turns up, whatever stamp it was given.
 */
import { assert } from '@fernsight/base';
import { SERIES_READINGS_MAX } from '../limits.ts';

/** the node that took it still has it, as far as we know */
export const TAKEN = 1;
/** the agent judged it; its verdict is noted */
export const SCORED = 2;
/** the cloud has answered for it */
export const ACKED = 4;
/** gone with a crash, as is allowed */
export const LOST = 8;
/** a plain device was told that it is not taken */
export const REFUSED = 16;
/** stamped ahead, behind, or like another one: nobody judges it */
export const UNTIMELY = 32;
/** a verdict says anomaly, alarm */
export const ANOMALY = 64;
export const ALARM = 128;
/** taken in maintenance: judged, and not learnt */
export const UNLEARNT = 256;

const STEP = 1e-3;
const NUMBER_STEP = 1e-9;
const CAPACITY_FIRST = 256;

export class SeriesTruth {
  readonly owner: string;
  readonly device: string;
  readonly sensor: string;
  /** its place among all series */
  readonly index: number;
  readonly isPlain: boolean;
  /** readings made so far; the first is number 1 */
  count = 0;
  #capacity = 0;
  value = new Float64Array(0);
  tsUs = new Float64Array(0);
  judgeUs = new Float64Array(0);
  takenMs = new Float64Array(0);
  ackedMs = new Float64Array(0);
  steps = new Uint16Array(0);
  flags = new Uint16Array(0);
  /** number of the epoch in which it was sent, from 1; 0 for never */
  epoch = new Uint32Array(0);
  seq = new Float64Array(0);
  /** of marked readings: what each channel showed, the forest's too, which a score need not tell */
  readonly evidence = new Map<number, string>();
  /** the scan that met it last */
  scan = new Uint32Array(0);

  constructor(
    index: number,
    {
      owner,
      device,
      sensor,
      isPlain,
    }: Pick<SeriesTruth, 'owner' | 'device' | 'sensor' | 'isPlain'>,
  ) {
    this.index = index;
    this.owner = owner;
    this.device = device;
    this.sensor = sensor;
    this.isPlain = isPlain;
  }

  /** @param about what the sensor shows. @returns the new reading's number; its value is in `value` */
  make(about: number): number {
    if (this.count + 2 > this.#capacity) this.#grow();
    const number = ++this.count;
    assert(number <= SERIES_READINGS_MAX, `${this.device}/${this.sensor} has too many readings`);
    this.value[number] = Math.round(about / STEP) * STEP + number * NUMBER_STEP;
    return number;
  }

  /** @returns the number of the reading with a value; undefined where nobody made it */
  find(value: number): number | undefined {
    const scaled = value / STEP;
    const number = Math.round(((scaled - Math.floor(scaled)) * STEP) / NUMBER_STEP);
    return this.value[number] === value && number > 0 && number <= this.count ? number : undefined;
  }

  has(number: number, flag: number): boolean {
    return ((this.flags[number] ?? 0) & flag) !== 0;
  }

  set(number: number, flag: number): void {
    this.flags[number] = (this.flags[number] ?? 0) | flag;
  }

  clear(number: number, flag: number): void {
    this.flags[number] = (this.flags[number] ?? 0) & ~flag;
  }

  nameOf(number: number): string {
    return `${this.device}/${this.sensor} #${number}`;
  }

  #grow(): void {
    const capacity = Math.max(CAPACITY_FIRST, this.#capacity * 2);
    this.value = widen(this.value, new Float64Array(capacity));
    this.tsUs = widen(this.tsUs, new Float64Array(capacity));
    this.judgeUs = widen(this.judgeUs, new Float64Array(capacity));
    this.takenMs = widen(this.takenMs, new Float64Array(capacity));
    this.ackedMs = widen(this.ackedMs, new Float64Array(capacity));
    this.steps = widen(this.steps, new Uint16Array(capacity));
    this.flags = widen(this.flags, new Uint16Array(capacity));
    this.epoch = widen(this.epoch, new Uint32Array(capacity));
    this.seq = widen(this.seq, new Float64Array(capacity));
    this.scan = widen(this.scan, new Uint32Array(capacity));
    this.#capacity = capacity;
  }
}

function widen<T extends { set(from: ArrayLike<number>): void }>(from: T, to: T): T {
  to.set(from as never);
  return to;
}
