/** Which stored readings a model is trained on and measured against: what was anomalous or in maintenance is left out. */
import type { RawRows } from '../store/chunk.ts';
import { isAnomaly, isSuppressed, isTimely } from '../store/marks.ts';

export type InMaintenance = (device: string, tsUs: number) => boolean;

export interface Learnable {
  readonly tsUs: Float64Array;
  readonly value: Float64Array;
}

/** @returns those of a device's readings, in their order */
export function learnable(
  device: string,
  { tsUs, value, marks }: RawRows,
  inMaintenance: InMaintenance,
): Learnable {
  const isKept = (at: number, row: number): boolean => {
    const mark = marks[row] ?? 0;
    const isNormal = isTimely(mark) && !isAnomaly(mark) && !isSuppressed(mark);
    return isNormal && !inMaintenance(device, at);
  };
  return {
    tsUs: tsUs.filter(isKept),
    value: value.filter((_, row) => isKept(tsUs[row] ?? 0, row)),
  };
}
