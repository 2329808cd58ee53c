/**
 * The benchmarks: `npm run bench -- GROUP [--json]`. A table for people, or one JSON object a line.
 */
import { systemClock } from '@fernsight/base';
import { Command } from 'commander';
import { benchAlarms } from './alarms.ts';
import { benchCloud } from './cloud.ts';
import { compiledDetect } from './compiled.ts';
import { benchDashboard } from './dashboard.ts';
import { benchEdge } from './edge.ts';
import { benchForest } from './forest.ts';
import type { BenchRow } from './measure.ts';
import { benchPipeline } from './pipeline.ts';
import { benchWebhook } from './webhook.ts';

interface Flags {
  readonly json?: true;
  readonly csv?: string;
  readonly filled?: string;
  readonly seconds?: string;
  readonly restart?: string;
  readonly nab?: string;
  readonly deviceWeeks?: string;
  readonly backlog?: string;
  readonly drain?: string;
  readonly warm?: string;
}

const program = new Command('bench').description(
  'Measures, each against its baseline in the same run',
);

group('detect', 'the forest, the features and the pipeline, as they are published').action(
  async (flags: Flags) => {
    const detect = await compiledDetect();
    print(benchForest(detect), flags);
    print(benchPipeline(detect), flags);
  },
);

group('edge', 'from source to outbox to cloud')
  .option('--csv <file>', 'real values, for the bytes a reading takes')
  .option('--nab <folder>', 'files of real values, .csv or .csv.gz, the same for each')
  .option('--backlog <readings>', 'readings that wait when the compiled agent starts', '10000000')
  .option('--drain <readings>', 'readings that are drained', '1000000')
  .option('--seconds <seconds>', 'how long the compiled agent is watched', '30')
  .option('--warm <seconds>', 'how long it runs before', '15')
  .action(async (flags: Flags) => {
    const { csv, nab } = flags;
    const [backlog, drain] = [Number(flags.backlog), Number(flags.drain)];
    const [seconds, warmSeconds] = [Number(flags.seconds), Number(flags.warm)];
    const sizes = { backlog, drain, seconds, warmSeconds };
    for await (const rows of benchEdge({ clock: systemClock, csv, nab, ...sizes })) {
      print(rows, flags);
    }
  });

group('cloud', 'ingest, latency, queries, restart, on a store that is already full')
  .option('--filled <readings>', 'readings in the store beforehand', '10000000')
  .option('--restart <readings>', 'readings in the store when it is restarted', '20000000')
  .option('--seconds <seconds>', 'length of each measurement', '10')
  .option('--nab <folder>', 'real values, .csv.gz, for the bytes that a reading takes')
  .action(async (flags: Flags) => {
    const { nab } = flags;
    const [filled, restart] = [Number(flags.filled), Number(flags.restart)];
    const sizes = { filled, restart, seconds: Number(flags.seconds), nab };
    for await (const row of benchCloud(systemClock, sizes)) print([row], flags);
  });

group('dashboard', 'the page in a real browser')
  .option('--seconds <seconds>', 'how long it is watched under load', '60')
  .action(async (flags: Flags) =>
    print(await benchDashboard(systemClock, Number(flags.seconds)), flags),
  );

group('alarms', 'false alarms and incidents of a simulated plant, and how soon a webhook hears')
  .option('--device-weeks <weeks>', 'device-weeks without incidents, over 26 devices', '26')
  .action(async (flags: Flags) => {
    const deviceWeeks = Number(flags.deviceWeeks);
    print([...(await benchWebhook(systemClock)), ...benchAlarms({ deviceWeeks })], flags);
  });

await program.parseAsync();

function group(name: string, description: string): Command {
  return program.command(name).description(description).option('--json', 'one JSON object a line');
}

function print(rows: readonly BenchRow[], { json }: Flags): void {
  for (const row of rows) {
    const { bench, metric, value, unit, baseline, ratio } = row;
    const text = JSON.stringify({ bench, metric, value, unit, baseline, ratio });
    process.stdout.write(`${json === true ? text : line(row)}\n`);
  }
}

function line({ bench, metric, value, unit, baseline, ratio }: BenchRow): string {
  const left = `${bench.padEnd(20)} ${metric.padEnd(30)} ${value.toPrecision(4).padStart(8)} ${unit}`;
  if (baseline === null || ratio === null) return left;
  return `${left.padEnd(66)} ${ratio.toFixed(1).padStart(6)} times ${baseline}`;
}
