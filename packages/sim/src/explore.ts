/** New histories, one after the other, for a time: what is looked for is one that breaks a promise. */
import type { CrashPoint } from '@fernsight/base';
import type { Wanted } from './plan/config.ts';
import type { FaultKind } from './plan/fault.ts';
import type { Happening } from './plan/happening.ts';
import { deviceDays } from './report.ts';
import { type History, type Progress, simulate } from './simulation.ts';

export interface Explored {
  historyCount: number;
  simulatedMs: number;
  deviceDays: number;
  readingCount: number;
  readonly faults: Map<FaultKind, number>;
  readonly happened: Map<Happening, number>;
  readonly passes: Map<CrashPoint, number>;
}

export interface ExploreOptions {
  /** one after the other, as long as it goes on */
  readonly wanted: Iterable<Wanted>;
  /** each so manyth runs twice, and must come to the same hash */
  readonly twiceEvery?: number | undefined;
  /** whether there is time for another */
  readonly goesOn: () => boolean;
  readonly onProgress?: ((at: Progress) => void) | undefined;
  readonly onHistory: (
    history: History,
    wanted: Wanted,
    explored: Explored,
  ) => void | Promise<void>;
}

export async function explore(options: ExploreOptions): Promise<Explored> {
  const explored: Explored = {
    historyCount: 0,
    simulatedMs: 0,
    deviceDays: 0,
    readingCount: 0,
    faults: new Map(),
    happened: new Map(),
    passes: new Map(),
  };
  const { twiceEvery, onProgress } = options;
  for (const wanted of options.wanted) {
    if (!options.goesOn()) break;
    const history = await simulate({ ...wanted, onProgress });
    explored.historyCount++;
    explored.simulatedMs += history.simulatedMs;
    explored.deviceDays += deviceDays(history);
    explored.readingCount += history.readingCount;
    for (const { kind, atMs } of history.faults) {
      if (atMs <= history.simulatedMs) add(explored.faults, kind, 1);
    }
    for (const [what, count] of history.happened) add(explored.happened, what, count);
    for (const [point, count] of history.passes) add(explored.passes, point, count);
    const isTwice = twiceEvery !== undefined && explored.historyCount % twiceEvery === 0;
    const same = isTwice ? await again(history, wanted) : history;
    await options.onHistory(same, wanted, explored);
  }
  return explored;
}

/** @returns the history, broken where it is another one when it runs again */
async function again(history: History, wanted: Wanted): Promise<History> {
  const { hash, readingCount, simulatedMs: atMs } = await simulate(wanted);
  if (hash === history.hash && readingCount === history.readingCount) return history;
  const detail = `the same seed came to ${history.hash} and to ${hash}`;
  const violation = { property: 'one seed, one history', detail, atMs };
  return { ...history, violations: [...history.violations, violation] };
}

function add<K>(counts: Map<K, number>, key: K, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}
