/** What tests compare points by. */
import type { Point, Points } from './points.ts';

/** @returns an object for each row */
export function pointRows(points: Points): Point[] {
  return points.tsUs.map((tsUs, row) => {
    const at = (name: keyof Point): number => points[name][row] ?? Number.NaN;
    return {
      tsUs,
      count: at('count'),
      min: at('min'),
      max: at('max'),
      mean: at('mean'),
      anomalies: at('anomalies'),
      worst: at('worst'),
      lower: at('lower'),
      upper: at('upper'),
    };
  });
}
