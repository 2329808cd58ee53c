/**
 * `npm run sim`: `--seed N --hours H [--agents A] [--pace P] [--without IDS] [--flaw NAME]` runs one history, with a bug planted where
 * one is named (flaws/flaw.ts);
 * `--minutes M [--from SEED] [--hours H] [--agents A]` runs new ones for a time, and `--count N [--twice K] [--again]` so
 * many of them, each K-th twice, behind those that failed once. The exit code is 1 where a promise was broken.
 */
import { parseArgs } from 'node:util';
import { must, systemRng, US_PER_MS } from '@fernsight/base';
import { type Explored, explore } from './explore.ts';
import { FLAWS, type Flaw } from './flaws/flaw.ts';
import type { Wanted } from './plan/config.ts';
import { describe, explain, summarize } from './report.ts';
import { readSeeds } from './seeds.ts';
import { type Progress, simulate } from './simulation.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    hours: { type: 'string', default: '0.0334' },
    agents: { type: 'string' },
    pace: { type: 'string' },
    without: { type: 'string', default: '' },
    flaw: { type: 'string' },
    lines: { type: 'boolean', default: false },
    minutes: { type: 'string' },
    from: { type: 'string' },
    count: { type: 'string' },
    twice: { type: 'string' },
    again: { type: 'boolean', default: false },
  },
});
const hours = Number(values.hours);
const agents = numberOf(values.agents);
const pace = numberOf(values.pace);
const flaw = flawOf(values.flaw);
/** Lines of progress, on the machine's clock; and sums where they go to a file. */
const SAY_EVERY_MS = 10_000;
const TELL_EVERY_MS = 60_000;
/** A plan is shrunk for so long at most. */
const SHRINK_MS = 300_000;
const MS_PER_MINUTE = 60_000;
const MS_PER_HOUR = 3_600_000;
const say = (text: string) => process.stdout.write(`${text}\n`);

if (values.minutes === undefined && values.count === undefined)
  await runOne(Number(values.seed ?? 1));
else await runMany();

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function flawOf(name: string | undefined): Flaw | undefined {
  if (name === undefined) return undefined;
  const known = (Object.keys(FLAWS) as Flaw[]).find((one) => one === name);
  return must(known, `a flaw, which is one of ${Object.keys(FLAWS).join(', ')},`);
}

async function runOne(seed: number): Promise<void> {
  const ids = values.without.split(',').filter((id) => id !== '');
  const options = { seed, hours, agents, pace, flaw, without: new Set(ids.map(Number)) };
  const startMs = performance.now();
  const history = await simulate({ ...options, onProgress: progressLines() });
  const { user, system } = process.cpuUsage();
  const cpuMs = (user + system) / US_PER_MS;
  say(summarize(history, { wallMs: performance.now() - startMs, cpuMs }));
  if (values.lines) say(history.lines.join('\n'));
  if (history.violations.length === 0) return;
  process.exitCode = 1;
  say(describe(history, options));
  say(await explain(history, options, within(SHRINK_MS)));
}

/** @returns what says now and then how far a history has come, and how fast its last stretch was */
function progressLines(): (at: Progress) => void {
  let last = { ms: performance.now(), simulatedMs: 0 };
  return ({ simulatedMs, eventCount, readingCount, isHealing }) => {
    const ms = performance.now();
    if (simulatedMs < last.simulatedMs) last = { ms, simulatedMs: 0 };
    if (ms - last.ms < SAY_EVERY_MS) return;
    const speed = Math.round((simulatedMs - last.simulatedMs) / (ms - last.ms));
    last = { ms, simulatedMs };
    const parts = [
      `${(simulatedMs / MS_PER_HOUR).toFixed(2)} h${isHealing ? ', healing' : ''}`,
      `${readingCount} readings, ${eventCount} events`,
      `${speed} times real time`,
    ];
    process.stderr.write(`${parts.join(' · ')}\n`);
  };
}

/** @returns what says whether less than `ms` went by */
function within(ms: number): () => boolean {
  const startMs = performance.now();
  return () => performance.now() - startMs < ms;
}

/** The seeds that failed once, where they are asked for, and new ones from the first on. */
function* wantedHistories(): Generator<Wanted> {
  if (values.again) yield* readSeeds();
  const first = numberOf(values.from) ?? systemRng().below(1e9);
  const end = first + (numberOf(values.count) ?? Number.POSITIVE_INFINITY);
  for (let seed = first; seed < end; seed++) yield { seed, hours, agents, pace };
}

async function runMany(): Promise<void> {
  const startMs = performance.now();
  let saidMs = startMs;
  let broken = 0;
  const forMs = values.minutes === undefined ? Number.POSITIVE_INFINITY : Number(values.minutes);
  const explored = await explore({
    wanted: wantedHistories(),
    twiceEvery: numberOf(values.twice),
    goesOn: within(forMs * MS_PER_MINUTE),
    onProgress: progressLines(),
    onHistory: async (history, wanted, so) => {
      const { seed } = wanted;
      const speed = Math.round(so.simulatedMs / (performance.now() - startMs));
      const line = `seed ${seed} · ${so.historyCount} histories · ${so.deviceDays.toFixed(1)} device-days · ${speed} times real time · ${broken} broken`;
      if (process.stdout.isTTY) process.stdout.write(`\r${line}`);
      else if (performance.now() - saidMs > TELL_EVERY_MS) {
        saidMs = performance.now();
        say(`${line}\n${sumsOf(so)}`);
      }
      if (history.violations.length === 0) return;
      broken++;
      say(`\n${describe(history, wanted)}`);
      say(await explain(history, wanted, within(SHRINK_MS)));
    },
  });
  say(`\n${sumsOf(explored)}`);
  if (broken > 0) process.exitCode = 1;
}

function sumsOf({ faults, happened, passes, ...sums }: Explored): string {
  const [kinds, came, points] = [faults, happened, passes].map((counts) =>
    JSON.stringify(Object.fromEntries(counts)),
  );
  return `${JSON.stringify(sums)}\nfaults ${kinds}\nhappened ${came}\npoints passed ${points}`;
}
