/**
 * What is left of stretches of a series' readings: a row for each stretch, in columns of one length. As columns they are
 * packed, rolled and sent; an object for each would be most of what a query leaves to the collector.
 */

/** What is left of one stretch of readings. */
export interface Point {
  /** start of the stretch */
  readonly tsUs: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly anomalies: number;
  /** worst score in steps, -1 where nothing was scored */
  readonly worst: number;
  /** NaN where unknown */
  readonly lower: number;
  readonly upper: number;
}

/** Columns of one length. Rows of one stretch may be merged. */
export type Points = { readonly [Column in keyof Point]: number[] };

/** @returns so many stretches without readings, their starts 0 */
export function createPoints(length = 0): Points {
  const column = (value: number): number[] => new Array<number>(length).fill(value);
  return {
    tsUs: column(0),
    count: column(0),
    min: column(Number.POSITIVE_INFINITY),
    max: column(Number.NEGATIVE_INFINITY),
    mean: column(0),
    anomalies: column(0),
    worst: column(-1),
    lower: column(Number.NaN),
    upper: column(Number.NaN),
  };
}

/** Leaves the first rows. */
export function truncate(points: Points, length: number): void {
  for (const [, column] of columnsOf(points)) column.length = length;
}

/** @returns the rows as columns, in the order given */
export function pointsOf(rows: readonly Point[]): Points {
  return mapColumns((name) => rows.map((row) => row[name]));
}

/** @returns the rows of all, one part after the other */
export function joinPoints(parts: readonly Points[]): Points {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  return mapColumns((name) => parts.flatMap((part) => part[name]));
}

/** @returns rows [first, end) */
export function slicePoints(points: Points, first: number, end: number): Points {
  if (first === 0 && end >= points.tsUs.length) return points;
  return mapColumns((name) => points[name].slice(first, end));
}

/** @param points in time order. @returns those that start within [fromUs, toUs] */
export function pointsWithin(points: Points, fromUs: number, toUs: number): Points {
  let first = 0;
  let end = points.tsUs.length;
  while (first < end && (points.tsUs[first] ?? 0) < fromUs) first++;
  while (end > first && (points.tsUs[end - 1] ?? 0) > toUs) end--;
  return slicePoints(points, first, end);
}

function mapColumns(of: (name: keyof Point) => number[]): Points {
  return {
    tsUs: of('tsUs'),
    count: of('count'),
    min: of('min'),
    max: of('max'),
    mean: of('mean'),
    anomalies: of('anomalies'),
    worst: of('worst'),
    lower: of('lower'),
    upper: of('upper'),
  };
}

function columnsOf(points: Points): [keyof Point, number[]][] {
  return Object.entries(points) as [keyof Point, number[]][];
}
