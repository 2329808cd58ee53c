/**
 * One plain sentence for a verdict: what was read, what was expected, and what is wrong with it.
 */
import type { Verdict } from './verdict.ts';
import { unreachable } from './verdict.ts';

/** A sum of bytes or of milliseconds since 1970 is below it. */
const COUNTER_MAX = 1e15;

export interface Subject {
  /** the sensor's name as people know it */
  readonly sensor: string;
  /** the unit, '' where unknown */
  readonly unit: string;
  /** the value that was judged, in that unit */
  readonly value: number;
}

/** @returns for instance "temperature 31.2 °C, expected 22.4 ± 1.1 for this hour: spike" */
export function explain(verdict: Verdict, { sensor, unit, value }: Subject): string {
  const half = (verdict.upper - verdict.lower) / 2;
  const off = Math.abs(value - verdict.expected);
  // a band of no width, of a value that was never left, tells nothing; how far that value was left does
  const digits = digitsFor(half > 0 ? half : off > 0 ? off : value);
  const read = `${sensor} ${format(value, digits)}${unit === '' ? '' : ` ${unit}`}`;
  const byHour = verdict.anomaly && verdict.channels[0] === 'time of day';
  const hour = byHour ? ' for this hour' : '';
  const expected = Number.isNaN(verdict.expected)
    ? ''
    : `, expected ${format(verdict.expected, digits)} ± ${format(half, digits)}${hour}`;
  return `${read}${expected}: ${describe(verdict, value)}`;
}

function describe(verdict: Verdict, value: number): string {
  if (!verdict.anomaly) {
    return verdict.stage === 'ready' ? 'normal' : `normal so far (${verdict.needed} more to learn)`;
  }
  const said = verdict.channels[0] === 'rule' ? 'outside its limits' : kindWords(verdict, value);
  return verdict.sensorFault ? `${said}, the sensor itself may be at fault` : said;
}

function kindWords({ kind, lower, upper }: Verdict, value: number): string {
  switch (kind) {
    case 'none':
      return 'unusual';
    case 'spike':
    case 'drift':
    case 'dropout':
    case 'shift':
      return kind;
    case 'stuck':
      return 'stuck at one value';
    case 'noise':
      return value < lower || value > upper
        ? 'noisier than usual'
        : 'noisier or quieter than usual';
    case 'joint':
      return "unusual together with the device's other sensors";
    default:
      return unreachable(kind);
  }
}

/** Two significant digits of the band's half width, at most six decimals. */
function digitsFor(scale: number): number {
  const size = Math.abs(scale);
  if (!(size > 0)) return 0;
  let digits = 0;
  for (let step = 10; step > size && digits < 6; step /= 10) digits += 1;
  return digits;
}

/** Counters are written out, for what matters of them is their end. Nothing is written as -0. */
function format(value: number, digits: number): string {
  const size = Math.abs(value);
  if (size >= COUNTER_MAX || (size > 0 && size < 1e-6)) return value.toPrecision(3);
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace('-', '') : text;
}
