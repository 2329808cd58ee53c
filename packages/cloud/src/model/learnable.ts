/**
 * Which stored readings a model is trained on and measured against: what was anomalous or in maintenance is left out. It is
 * tried on, and compared with another on, what was anomalous as well.
 */
import type { RawRows } from '../store/chunk.ts';
import { isAnomaly, isSuppressed, isTimely } from '../store/marks.ts';

export type InMaintenance = (device: string, tsUs: number) => boolean;

export interface Learnable {
  readonly tsUs: Float64Array;
  readonly value: Float64Array;
}

/** @returns those of a device's readings, in their order */
export function learnable(device: string, rows: RawRows, inMaintenance: InMaintenance): Learnable {
  const isNormal = (mark: number) => isTimely(mark) && !isAnomaly(mark) && !isSuppressed(mark);
  return select(rows, (tsUs, mark) => isNormal(mark) && !inMaintenance(device, tsUs));
}

/** @returns those that a model is tried on, or two are compared on */
export function triable(device: string, rows: RawRows, inMaintenance: InMaintenance): Learnable {
  return select(rows, (tsUs, mark) => isTimely(mark) && !inMaintenance(device, tsUs));
}

function select(
  { tsUs, value, marks }: RawRows,
  keep: (tsUs: number, mark: number) => boolean,
): Learnable {
  const isKept = (at: number, row: number) => keep(at, marks[row] ?? 0);
  return {
    tsUs: tsUs.filter(isKept),
    value: value.filter((_, row) => isKept(tsUs[row] ?? 0, row)),
  };
}
