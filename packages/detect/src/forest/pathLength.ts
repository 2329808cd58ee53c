/** Path lengths of isolation trees, on a grid that makes their sums exact. */
import { log } from '../math.ts';

const EULER_GAMMA = 0.5772156649015329;

/** 2^40: path lengths are multiples of its inverse (I5). */
const GRID = 1_099_511_627_776;

/**
 * c(n): the mean path length of an unsuccessful search in a binary search tree of n keys, the
 * expected length of the path that isolation would still have to go in a leaf of n rows.
 * @param n rows, an integer >= 1
 * Liu, Ting & Zhou 2008, eq. 1, with H(i) = ln i + γ; c(2) = 1 and c(1) = 0 as in scikit-learn.
 */
export function averagePathLength(n: number): number {
  if (n <= 1) return 0;
  if (n === 2) return 1;
  return 2 * (log(n - 1) + EULER_GAMMA) - (2 * (n - 1)) / n;
}

/** @returns the path length of a leaf at this depth that holds n training rows, on the grid */
export function leafPathLength(depth: number, n: number): number {
  return depth + Math.round(averagePathLength(n) * GRID) / GRID;
}
