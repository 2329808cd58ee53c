/**
 * `npm run sim`: `--seed N --hours H [--agents A] [--without IDS]` runs one history;
 * `--minutes M [--from SEED] [--hours H] [--agents A]` runs new ones. The exit code is 1 where a promise was broken.
 */
import { parseArgs } from 'node:util';
import { systemRng, US_PER_MS } from '@fernsight/base';
import { explore } from './explore.ts';
import { explain, summarize } from './report.ts';
import { type Progress, simulate } from './simulation.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    hours: { type: 'string', default: '0.0334' },
    agents: { type: 'string' },
    pace: { type: 'string' },
    without: { type: 'string', default: '' },
    lines: { type: 'boolean', default: false },
    minutes: { type: 'string' },
    from: { type: 'string' },
  },
});
const hours = Number(values.hours);
const agents = numberOf(values.agents);
const pace = numberOf(values.pace);
/** a line of progress on the machine's clock */
const SAY_EVERY_MS = 10_000;
const MS_PER_HOUR = 3_600_000;
const say = (text: string) => process.stdout.write(`${text}\n`);

if (values.minutes === undefined) await runOne(Number(values.seed ?? 1));
else await runMany(Number(values.minutes) * 60_000);

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

async function runOne(seed: number): Promise<void> {
  const ids = values.without.split(',').filter((id) => id !== '');
  const options = { seed, hours, agents, pace, without: new Set(ids.map(Number)) };
  const startMs = performance.now();
  const history = await simulate({ ...options, onProgress: progressLines() });
  const { user, system } = process.cpuUsage();
  const cpuMs = (user + system) / US_PER_MS;
  say(summarize(history, { wallMs: performance.now() - startMs, cpuMs }));
  if (values.lines) say(history.lines.join('\n'));
  if (history.violations.length === 0) return;
  process.exitCode = 1;
  say(await explain(history, options));
}

/** @returns what says now and then how far a history has come, and how fast its last stretch was */
function progressLines(): (at: Progress) => void {
  let last = { ms: performance.now(), simulatedMs: 0 };
  return ({ simulatedMs, eventCount, readingCount, isHealing }) => {
    const ms = performance.now();
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

async function runMany(forMs: number): Promise<void> {
  const startMs = performance.now();
  const firstSeed = numberOf(values.from) ?? systemRng().below(1e9);
  let broken = 0;
  const explored = await explore({
    firstSeed,
    hours,
    agents,
    pace,
    goesOn: () => performance.now() - startMs < forMs,
    onHistory: async (history, so) => {
      const speed = Math.round(so.simulatedMs / (performance.now() - startMs));
      const line = `seed ${history.config.seed} · ${so.historyCount} histories · ${so.deviceDays.toFixed(1)} device-days · ${speed} times real time · ${broken} broken`;
      if (process.stdout.isTTY) process.stdout.write(`\r${line}`);
      else if (so.historyCount % 50 === 0) say(line);
      if (history.violations.length === 0) return;
      broken++;
      say(`\n${await explain(history, { seed: history.config.seed, hours, agents, pace })}`);
    },
  });
  const { faults, passes, ...sums } = explored;
  say(`\n${JSON.stringify(sums)}`);
  say(`faults ${JSON.stringify(Object.fromEntries(faults))}`);
  say(`points passed ${JSON.stringify(Object.fromEntries(passes))}`);
  if (broken > 0) process.exitCode = 1;
}
