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

/** Rows by which a series of the training tells how far it lay from the others: chance alone gives 0.1 there. */
const SPREAD_ROWS_MIN = 100;
const SPREAD_QUANTILE = 0.9;

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
    return { edges, shares: sharesOf(countsOf(sorted, edges)) };
  });
}

/** @returns the bin of a value: the first whose upper edge it does not exceed, or the one above the last */
export function binOf({ edges }: Pick<ColumnReference, 'edges'>, value: number): number {
  const below = edges.findIndex((edge) => value <= edge);
  return below === -1 ? edges.length : below;
}

/**
 * @param counts of each column of the reference, the rows in each of its bins; not all 0
 * @returns the population stability index of each column, >= 0
 */
export function populationStability(
  reference: readonly ColumnReference[],
  counts: readonly (readonly number[])[],
): number[] {
  return reference.map(({ shares }, column) =>
    stabilityIndex(sharesOf(counts[column] ?? []), shares),
  );
}

/**
 * How far the series of a training lay from each other: of each column the index of a series against all others, nine
 * tenths of which are below what is given. A series that has moved no further looks like one that was there.
 * @param columns the rows of the training, column by column
 * @param seriesOf the series that a row is of, counted from 0
 * @returns 0 for each column where no two series have rows enough to tell. O(rows)
 */
export function spreadOf(
  reference: readonly ColumnReference[],
  columns: readonly Float64Array[],
  seriesOf: Uint32Array,
): number[] {
  return reference.map((one, column) => {
    const bySeries = new Map<number, number[]>();
    for (const [row, value] of (columns[column] ?? []).entries()) {
      const series = seriesOf[row] ?? 0;
      const counts = bySeries.get(series) ?? one.shares.map(() => 0);
      bySeries.set(series, counts);
      const bin = binOf(one, value);
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    const known = [...bySeries.values()].filter((counts) => sumOf(counts) >= SPREAD_ROWS_MIN);
    if (known.length < 2) return 0;
    const all = one.shares.map((_, bin) => sumOf(known.map((counts) => counts[bin] ?? 0)));
    const indices = known.map((counts) => {
      const others = all.map((count, bin) => count - (counts[bin] ?? 0));
      return stabilityIndex(sharesOf(counts), sharesOf(others));
    });
    return indices.sort((a, b) => a - b)[Math.floor(SPREAD_QUANTILE * known.length)] ?? 0;
  });
}

function stabilityIndex(now: readonly number[], then: readonly number[]): number {
  return then.reduce((sum, share, bin) => sum + divergence(now[bin] ?? 0, share), 0);
}

function divergence(now: number, then: number): number {
  const a = Math.max(now, SHARE_MIN);
  const b = Math.max(then, SHARE_MIN);
  return (a - b) * log(a / b);
}

/** @param rows row-major */
export function columnOf(
  rows: Float64Array,
  { width, feature }: { width: number; feature: number },
): Float64Array {
  return Float64Array.from({ length: rows.length / width }, (_, row) => {
    return rows[row * width + feature] ?? 0;
  });
}

function countsOf(column: Float64Array, edges: readonly number[]): number[] {
  const counts = new Array<number>(SHARES).fill(0);
  for (const value of column) {
    const bin = binOf({ edges }, value);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

function sharesOf(counts: readonly number[]): number[] {
  const total = sumOf(counts);
  return counts.map((count) => count / total);
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
