/** New histories, one after the other, for a time: what is looked for is one that breaks a promise. */
import type { CrashPoint } from '@fernsight/base';
import type { FaultKind } from './plan/fault.ts';
import { deviceDays } from './report.ts';
import { type History, type Progress, simulate } from './simulation.ts';

export interface Explored {
  historyCount: number;
  simulatedMs: number;
  deviceDays: number;
  readingCount: number;
  readonly faults: Map<FaultKind, number>;
  readonly passes: Map<CrashPoint, number>;
}

export interface ExploreOptions {
  readonly firstSeed: number;
  readonly hours: number;
  readonly agents?: number | undefined;
  readonly pace?: number | undefined;
  /** whether there is time for another */
  readonly goesOn: () => boolean;
  readonly onProgress?: ((at: Progress) => void) | undefined;
  readonly onHistory: (history: History, explored: Explored) => void | Promise<void>;
}

export async function explore(options: ExploreOptions): Promise<Explored> {
  const explored: Explored = {
    historyCount: 0,
    simulatedMs: 0,
    deviceDays: 0,
    readingCount: 0,
    faults: new Map(),
    passes: new Map(),
  };
  const { hours, agents, pace, onProgress } = options;
  for (let seed = options.firstSeed; options.goesOn(); seed++) {
    const history = await simulate({ seed, hours, agents, pace, onProgress });
    explored.historyCount++;
    explored.simulatedMs += history.simulatedMs;
    explored.deviceDays += deviceDays(history);
    explored.readingCount += history.readingCount;
    for (const { kind, atMs } of history.faults) {
      if (atMs <= history.simulatedMs) add(explored.faults, kind, 1);
    }
    for (const [point, count] of history.passes) add(explored.passes, point, count);
    await options.onHistory(history, explored);
  }
  return explored;
}

function add<K>(counts: Map<K, number>, key: K, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}
