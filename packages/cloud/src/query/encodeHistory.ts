/**
 * A series' past as the bytes of its reply: columns of one length. Most of the work is numbers becoming digits, so what
 * repeats does so once: of single readings least, mean and most are the value, and a band holds for a minute.
 */
import { US_PER_SECOND } from '@fernsight/base';
import { SCORE_STEPS } from '@fernsight/detect';
import type { HistoryReply } from '@fernsight/wire';
import type { Past } from '../store/past.ts';

type About = Pick<HistoryReply, 'device' | 'sensor' | 'unit'>;
/** JSON of each column */
type Columns = Readonly<
  Record<Exclude<keyof HistoryReply, keyof About | 'resolutionUs' | 'unreadable'>, string>
>;

export function encodeHistory(
  { resolutionUs, points, unreadable }: Past,
  about: About,
): Uint8Array<ArrayBuffer> {
  const { device, sensor, unit } = about;
  const head = {
    device,
    sensor,
    ...(unit === undefined ? {} : { unit }),
    resolutionUs,
    ...(unreadable.length === 0 ? {} : { unreadable }),
  };
  const min = JSON.stringify(points.min);
  const isSingle = resolutionUs === 0;
  const columns: Columns = {
    tsUs: stamps(points.tsUs),
    min,
    mean: isSingle ? min : JSON.stringify(points.mean),
    max: isSingle ? min : JSON.stringify(points.max),
    count: JSON.stringify(points.count),
    score: JSON.stringify(points.worst.map((worst) => (worst < 0 ? null : worst / SCORE_STEPS))),
    anomalies: JSON.stringify(points.anomalies),
    lower: steady(points.lower),
    upper: steady(points.upper),
  };
  const rest = Object.entries(columns).flatMap(([name, json]) => [`,"${name}":`, json]);
  return bytesOf(JSON.stringify(head).slice(0, -1), [...rest, '}']);
}

/**
 * One string of all would be so long that the engine keeps it apart, which costs as much as making its digits.
 * @param rest ASCII
 */
function bytesOf(head: string, rest: readonly string[]): Uint8Array<ArrayBuffer> {
  const length = rest.reduce((sum, piece) => sum + piece.length, Buffer.byteLength(head));
  const bytes = Buffer.from(new ArrayBuffer(length));
  let at = bytes.write(head);
  for (const piece of rest) at += bytes.write(piece, at, 'latin1');
  return bytes;
}

/** @returns JSON; of whole seconds, which most are, in a third of the time: the engine writes small integers quickly */
function stamps(tsUs: readonly number[]): string {
  const isWhole = tsUs.every((ts) => ts >= US_PER_SECOND && ts % US_PER_SECOND === 0);
  if (!isWhole || tsUs.length === 0) return JSON.stringify(tsUs);
  return `[${tsUs.map((ts) => ts / US_PER_SECOND).join('000000,')}000000]`;
}

/** @returns JSON of values that mostly are as the one before; null where there is none */
function steady(values: readonly number[]): string {
  let json = '';
  for (let first = 0, end = 0; first < values.length; first = end) {
    while (end < values.length && Object.is(values[end], values[first])) end++;
    json += `${JSON.stringify(values[first])},`.repeat(end - first);
  }
  return `[${json.slice(0, -1)}]`;
}
