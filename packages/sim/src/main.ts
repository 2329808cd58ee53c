/**
 * `npm run sim`: `--seed N --hours H [--agents A] [--without IDS]` runs one history;
 * `--minutes M [--from SEED] [--hours H] [--agents A]` runs new ones. The exit code is 1 where a promise was broken.
 */
import { parseArgs } from 'node:util';
import { systemRng } from '@fernsight/base';
import { explore } from './explore.ts';
import { explain, summarize } from './report.ts';
import { simulate } from './simulation.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    hours: { type: 'string', default: '0.0334' },
    agents: { type: 'string' },
    without: { type: 'string', default: '' },
    lines: { type: 'boolean', default: false },
    minutes: { type: 'string' },
    from: { type: 'string' },
  },
});
const hours = Number(values.hours);
const agents = values.agents === undefined ? undefined : Number(values.agents);
const say = (text: string) => process.stdout.write(`${text}\n`);

if (values.minutes === undefined) await runOne(Number(values.seed ?? 1));
else await runMany(Number(values.minutes) * 60_000);

async function runOne(seed: number): Promise<void> {
  const ids = values.without.split(',').filter((id) => id !== '');
  const options = { seed, hours, agents, without: new Set(ids.map(Number)) };
  const startMs = performance.now();
  const history = await simulate(options);
  say(summarize(history, performance.now() - startMs));
  if (values.lines) say(history.lines.join('\n'));
  if (history.violations.length === 0) return;
  process.exitCode = 1;
  say(await explain(history, options));
}

async function runMany(forMs: number): Promise<void> {
  const startMs = performance.now();
  const firstSeed = values.from === undefined ? systemRng().below(1e9) : Number(values.from);
  let broken = 0;
  const explored = await explore({
    firstSeed,
    hours,
    agents,
    goesOn: () => performance.now() - startMs < forMs,
    onHistory: async (history, so) => {
      const speed = Math.round(so.simulatedMs / (performance.now() - startMs));
      const line = `seed ${history.config.seed} · ${so.historyCount} histories · ${so.deviceDays.toFixed(1)} device-days · ${speed} times real time · ${broken} broken`;
      if (process.stdout.isTTY) process.stdout.write(`\r${line}`);
      else if (so.historyCount % 50 === 0) say(line);
      if (history.violations.length === 0) return;
      broken++;
      say(`\n${await explain(history, { seed: history.config.seed, hours, agents })}`);
    },
  });
  const { faults, passes, ...sums } = explored;
  say(`\n${JSON.stringify(sums)}`);
  say(`faults ${JSON.stringify(Object.fromEntries(faults))}`);
  say(`points passed ${JSON.stringify(Object.fromEntries(passes))}`);
  if (broken > 0) process.exitCode = 1;
}
