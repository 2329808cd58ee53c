/**
 * Timing of what one thread computes: the subjects of a comparison take turns, round by round, so that a noisy minute
 * hits all of them, and the median round counts. The first rounds warm up and are not counted. What is counted is the
 * process's time on processors: others' work on the machine is not the subject's, and its own helper threads' is.
 */

/** One line of the result; with --json one object a line. */
export interface BenchRow {
  readonly bench: string;
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  /** what it is compared with, in the same run */
  readonly baseline: string | null;
  /** how many times better than the baseline */
  readonly ratio: number | null;
}

/** Does some work. @returns how many times the measured operation was done */
export type Work = () => number;

export interface Rounds {
  readonly warm: number;
  readonly counted: number;
}

/** @returns for each name the median over the rounds of nanoseconds of processor time an operation */
export function nanoseconds<Name extends string>(
  works: Record<Name, Work>,
  rounds: Rounds,
): (name: Name) => number {
  const times = new Map<string, number[]>();
  for (let round = 0; round < rounds.warm + rounds.counted; round++) {
    for (const [name, work] of Object.entries<Work>(works)) {
      const before = process.cpuUsage();
      const count = work();
      const { user, system } = process.cpuUsage(before);
      const nanos = ((user + system) * 1e3) / count;
      if (round >= rounds.warm) times.set(name, [...(times.get(name) ?? []), nanos]);
    }
  }
  return (name) => median(times.get(name) ?? []);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
