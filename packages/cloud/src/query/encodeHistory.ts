/**
 * A series' past as the bytes of its reply: columns of one length. Most of the work is numbers becoming digits, so what
 * repeats does so once: of single readings least, mean and most are the value, and a band holds for a minute.
 */
import { SCORE_STEPS } from '@fernsight/detect';
import type { HistoryReply } from '@fernsight/wire';
import type { Point } from '../store/chunk.ts';
import type { Past } from '../store/past.ts';

type About = Pick<HistoryReply, 'device' | 'sensor' | 'unit'>;
/** JSON of each column */
type Columns = Readonly<Record<Exclude<keyof HistoryReply, keyof About | 'resolutionUs'>, string>>;

export function encodeHistory(
  { resolutionUs, points }: Past,
  about: About,
): Uint8Array<ArrayBuffer> {
  const { device, sensor, unit } = about;
  const head = { device, sensor, ...(unit === undefined ? {} : { unit }), resolutionUs };
  const column = (of: (point: Point) => number | null): string => JSON.stringify(points.map(of));
  const isSingle = resolutionUs === 0;
  const min = column((point) => point.min);
  const columns: Columns = {
    tsUs: column(({ tsUs }) => tsUs),
    min,
    mean: isSingle ? min : column(({ mean }) => mean),
    max: isSingle ? min : column(({ max }) => max),
    count: column(({ count }) => count),
    score: column(({ worst }) => (worst < 0 ? null : worst / SCORE_STEPS)),
    anomalies: column(({ anomalies }) => anomalies),
    lower: steady(points.map(({ lower }) => lower)),
    upper: steady(points.map(({ upper }) => upper)),
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

/** @returns JSON of values that mostly are as the one before; null where there is none */
function steady(values: readonly number[]): string {
  let json = '';
  for (let first = 0, end = 0; first < values.length; first = end) {
    while (end < values.length && Object.is(values[end], values[first])) end++;
    json += `${JSON.stringify(values[first])},`.repeat(end - first);
  }
  return `[${json.slice(0, -1)}]`;
}
