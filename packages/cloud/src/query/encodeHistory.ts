/** A series' past as the bytes of its reply: columns of one length. */
import { SCORE_STEPS } from '@fernsight/detect';
import type { HistoryReply } from '@fernsight/wire';
import type { Past } from '../store/past.ts';

export function encodeHistory(
  { resolutionUs, points }: Past,
  about: { readonly device: string; readonly sensor: string; readonly unit?: string },
): Uint8Array<ArrayBuffer> {
  const { device, sensor, unit } = about;
  const maybe = (edge: number): number | null => (Number.isFinite(edge) ? edge : null);
  const reply: HistoryReply = {
    device,
    sensor,
    ...(unit === undefined ? {} : { unit }),
    resolutionUs,
    tsUs: points.map(({ tsUs }) => tsUs),
    min: points.map(({ min }) => min),
    mean: points.map(({ mean }) => mean),
    max: points.map(({ max }) => max),
    count: points.map(({ count }) => count),
    score: points.map(({ worst }) => (worst < 0 ? null : worst / SCORE_STEPS)),
    anomalies: points.map(({ anomalies }) => anomalies),
    lower: points.map(({ lower }) => maybe(lower)),
    upper: points.map(({ upper }) => maybe(upper)),
  };
  return new TextEncoder().encode(JSON.stringify(reply));
}
