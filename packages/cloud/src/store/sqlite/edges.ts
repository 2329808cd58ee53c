/**
 * The edges of an anomaly's band as they are kept: multiples of a power of ten, a 10,000th to a 100,000th of the band's
 * width, of seven digits at most. They are rounded once, on their way into the table, so that neither packing nor packing
 * again changes what an anomaly says.
 */
import type { AnomalyRow } from '../group.ts';

export type Edges = Pick<AnomalyRow, 'expected' | 'lower' | 'upper'>;

/** Edges as multiples of 10^exponent. */
export interface EdgeLevels {
  readonly exponent: number;
  readonly lower: number;
  /** from the lower edge to the upper one */
  readonly width: number;
  /** twice what the expected value is above the middle: about 0 */
  readonly skew: number;
}

const DIGITS = 7;
const WIDTH_DIGITS = 5;
/** Beyond, powers of ten are no usual numbers. */
const EXPONENT_MAX = 290;

/** @returns the edge to the digits that are kept of it */
export function rounded(edge: number): number {
  return Number(edge.toPrecision(DIGITS));
}

/** @returns the edges as they are kept; each by itself where there is no grid for them */
export function kept({ expected, lower, upper }: Edges): Edges {
  const exponent = gridOf({ expected, lower, upper });
  if (exponent !== undefined) return edgesOf(levelsAt({ expected, lower, upper }, exponent));
  return { expected: rounded(expected), lower: rounded(lower), upper: rounded(upper) };
}

/** @returns undefined where the edges are on no grid: an edge is unknown, the band has no width, or nobody rounded them */
export function levelsOf(edges: Edges): EdgeLevels | undefined {
  const exponent = gridOf(edges);
  if (exponent === undefined) return undefined;
  // a width that was rounded up to a power of ten is on a finer grid than the one for its width
  return [exponent, exponent - 1]
    .map((one) => levelsAt(edges, one))
    .find((levels) => isSame(edgesOf(levels), edges));
}

export function edgesOf({ exponent, lower, width, skew }: EdgeLevels): Edges {
  const edge = (level: number): number => Number(`${level}e${exponent}`);
  const expected = lower + (width + skew) / 2;
  return { expected: edge(expected), lower: edge(lower), upper: edge(lower + width) };
}

function levelsAt(edges: Edges, exponent: number): EdgeLevels {
  const level = (edge: number): number => Math.round(edge / 10 ** exponent);
  const [lower, upper] = [level(edges.lower), level(edges.upper)];
  const skew = 2 * level(edges.expected) - lower - upper;
  return { exponent, lower, width: upper - lower, skew };
}

function isSame(a: Edges, b: Edges): boolean {
  return (['expected', 'lower', 'upper'] as const).every((name) => Object.is(a[name], b[name]));
}

/** @returns the exponent of the grid for such edges */
function gridOf({ expected, lower, upper }: Edges): number | undefined {
  const width = upper - lower;
  const farthest = Math.max(Math.abs(expected), Math.abs(lower), Math.abs(upper));
  if (!(width > 0 && farthest < Number.POSITIVE_INFINITY)) return undefined;
  const digits = [exponentOf(width) - WIDTH_DIGITS, exponentOf(farthest) - DIGITS];
  const exponent = Math.max(...digits) + 1;
  return Math.abs(exponent) > EXPONENT_MAX ? undefined : exponent;
}

/** @returns floor(log10 |value|), exactly */
function exponentOf(value: number): number {
  return Number(value.toExponential().split('e')[1]);
}
