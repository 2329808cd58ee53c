/**
 * The fewest faults that still break the promise: parts of the plan are left out, halves first, then smaller ones, as
 * long as the same promise stays broken (Zeller & Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002).
 */
import { SHRINK_RUNS_MAX } from '../limits.ts';

/**
 * @param ids of the faults that were inflicted
 * @param isBroken runs the history with these alone
 * @param goesOn whether there is time for another history
 * @returns the ids that are needed, in their order. At most SHRINK_RUNS_MAX histories
 */
export async function shrink(
  ids: readonly number[],
  isBroken: (ids: readonly number[]) => Promise<boolean>,
  goesOn: () => boolean,
): Promise<number[]> {
  let needed = [...ids];
  let runs = 0;
  for (
    let size = Math.ceil(needed.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let first = 0; first < needed.length && runs < SHRINK_RUNS_MAX && goesOn(); ) {
      const without = [...needed.slice(0, first), ...needed.slice(first + size)];
      runs++;
      if (await isBroken(without)) needed = without;
      else first += size;
    }
  }
  return needed;
}
