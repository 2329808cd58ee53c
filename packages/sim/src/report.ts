/** What a history comes to, in words: for a terminal. */
import { describeFault } from './plan/fault.ts';
import { shrink } from './plan/shrink.ts';
import { type History, type SimulationOptions, simulate } from './simulation.ts';

const MS_PER_HOUR = 3_600_000;
const DEVICES_MS_PER_DAY = 24 * MS_PER_HOUR;

/** What a history took: on the machine's clock, and of one core. */
export interface Took {
  readonly wallMs: number;
  readonly cpuMs: number;
}

export function summarize(history: History, took: Took): string {
  const { config, faults, simulatedMs, eventCount, readingCount, hash } = history;
  const [speed, perCpu] = [took.wallMs, took.cpuMs].map((ms) => Math.round(simulatedMs / ms));
  const perSecond = (readingCount * 1000) / simulatedMs;
  const devices = config.agents.length + config.plains.length;
  return [
    `seed ${config.seed}: ${(simulatedMs / MS_PER_HOUR).toFixed(2)} h of ${devices} devices`,
    `${readingCount} readings (${perSecond.toFixed(2)}/s), ${faults.length} faults, ${eventCount} events`,
    `${speed} times real time, ${perCpu} by processor time`,
    hash,
  ].join(' · ');
}

/** device-days that a history covers */
export function deviceDays({ config, simulatedMs }: History): number {
  return ((config.agents.length + config.plains.length) * simulatedMs) / DEVICES_MS_PER_DAY;
}

/** @returns what was broken, and the one command that shows it again */
export function describe({ violations }: History, options: SimulationOptions): string {
  const broken = violations.map(({ property, detail, atMs }) => {
    return `broken at ${(atMs / 1000).toFixed(1)} s: ${property}: ${detail}`;
  });
  return [...broken, commandFor(options)].join('\n');
}

/**
 * @param goesOn whether there is time for another history
 * @returns the fewest faults that break the same promise, and the command that runs it with these alone
 */
export async function explain(
  history: History,
  options: SimulationOptions,
  goesOn: () => boolean,
): Promise<string> {
  const [first] = history.violations;
  if (first === undefined) return '';
  const all = history.faults.map(({ id }) => id);
  const begun = history.faults.filter(({ atMs }) => atMs <= first.atMs).map(({ id }) => id);
  const leftOut = (kept: readonly number[]) =>
    new Set([...(options.without ?? []), ...all.filter((id) => !kept.includes(id))]);
  const isBroken = async (kept: readonly number[]) => {
    const again = await simulate({ ...options, without: leftOut(kept) });
    return again.violations[0]?.property === first.property;
  };
  const needed = await shrink(begun, isBroken, goesOn);
  const without = [...leftOut(needed)].sort((a, b) => a - b);
  return [
    `needs ${needed.length} of ${begun.length} faults:`,
    ...history.faults.filter(({ id }) => needed.includes(id)).map(describeFault),
    commandFor({ ...options, without: new Set(without) }),
  ].join('\n');
}

function commandFor(options: SimulationOptions): string {
  const { seed, hours, agents, pace, without, flaw } = options;
  const parts = [`npm run sim -- --seed ${seed} --hours ${hours}`];
  if (agents !== undefined) parts.push(`--agents ${agents}`);
  if (pace !== undefined) parts.push(`--pace ${pace}`);
  if (without !== undefined && without.size > 0) parts.push(`--without ${[...without].join()}`);
  if (flaw !== undefined) parts.push(`--flaw ${flaw}`);
  return parts.join(' ');
}
