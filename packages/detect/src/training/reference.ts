/**
 * What a model's training rows looked like, in a few numbers a feature, so that one can tell later
 * whether the world has moved away from it.
 *
 * The population stability index compares the shares of rows between the training deciles with the
 * shares in training: Σ (now − then) · ln(now / then). Below 0.1 nothing has changed, above 0.25 it
 * is time to train again (Siddiqi 2006, p. 136).
 */
import { log } from '../math.ts';

const EDGES = 9;
const SHARES = EDGES + 1;

/** An empty share counts as a thousandth, so that the logarithm stays finite. */
const SHARE_MIN = 0.001;

export interface ColumnReference {
  /** the nine inner deciles, ascending; neighbours may coincide */
  readonly edges: readonly number[];
  /** the shares of rows up to each edge and above the last; tenths, unless values repeat */
  readonly shares: readonly number[];
}

/** @param rows row-major, finite, length a multiple of width, not empty. O(rows · width · log rows) */
export function referenceOf(rows: Float64Array, width: number): ColumnReference[] {
  return Array.from({ length: width }, (_, feature) => {
    const sorted = columnOf(rows, { width, feature }).sort();
    const edges = Array.from({ length: EDGES }, (_, edge) => {
      return sorted[Math.floor(((edge + 1) * (sorted.length - 1)) / SHARES)] ?? 0;
    });
    return { edges, shares: sharesOf(sorted, edges) };
  });
}

/**
 * @param rows row-major, one column for each of the reference, not empty
 * @returns the population stability index of each column, >= 0
 */
export function populationStability(
  reference: readonly ColumnReference[],
  rows: Float64Array,
): number[] {
  const width = reference.length;
  return reference.map(({ edges, shares }, feature) => {
    const now = sharesOf(columnOf(rows, { width, feature }), edges);
    return shares.reduce((sum, share, bin) => sum + divergence(now[bin] ?? 0, share), 0);
  });
}

function divergence(now: number, then: number): number {
  const a = Math.max(now, SHARE_MIN);
  const b = Math.max(then, SHARE_MIN);
  return (a - b) * log(a / b);
}

function columnOf(
  rows: Float64Array,
  { width, feature }: { width: number; feature: number },
): Float64Array {
  return Float64Array.from({ length: rows.length / width }, (_, row) => {
    return rows[row * width + feature] ?? 0;
  });
}

function sharesOf(column: Float64Array, edges: readonly number[]): number[] {
  const shares = new Array<number>(SHARES).fill(0);
  for (const value of column) {
    const below = edges.findIndex((edge) => value <= edge);
    const bin = below === -1 ? EDGES : below;
    shares[bin] = (shares[bin] ?? 0) + 1;
  }
  return shares.map((count) => count / column.length);
}
