/**
 * Reads an element that must exist. Metrics index by arithmetic; an index outside the array is a bug of ours, and a
 * silent zero in its place would be a wrong number in a published table.
 */

/** @returns xs[index]. @throws RangeError where there is none */
export function at<T>(xs: ArrayLike<T>, index: number): T {
  const x = xs[index];
  if (x === undefined) throw new RangeError(`no element ${index} in an array of ${xs.length}`);
  return x;
}
