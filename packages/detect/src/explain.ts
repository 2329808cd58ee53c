/**
 * One plain sentence for a verdict: what was read, what was expected, and what is wrong with it.
 */
import type { Verdict } from './verdict.ts';
import { unreachable } from './verdict.ts';

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
  const digits = digitsFor(half > 0 ? half : value);
  const read = `${sensor} ${format(value, digits)}${unit === '' ? '' : ` ${unit}`}`;
  const hour = verdict.channels[0] === 'time of day' ? ' for this hour' : '';
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

function format(value: number, digits: number): string {
  const size = Math.abs(value);
  return size >= 1e9 || (size > 0 && size < 1e-6) ? value.toPrecision(3) : value.toFixed(digits);
}
