/**
 * The benchmarks: `npm run bench -- GROUP [--json]`. A table for people, or one JSON object a line.
 */
import { systemClock } from '@fernsight/base';
import { Command } from 'commander';
import { benchForest } from './forest.ts';
import type { BenchRow } from './measure.ts';

const program = new Command('bench').description(
  'Measures, each against its baseline in the same run',
);

program
  .command('detect')
  .description('the forest, the features and the pipeline')
  .option('--json', 'one JSON object a line')
  .action((options: { json?: true }) => print(benchForest(systemClock), options));

await program.parseAsync();

function print(rows: readonly BenchRow[], { json }: { json?: true }): void {
  for (const row of rows) {
    process.stdout.write(`${json === true ? JSON.stringify(row) : line(row)}\n`);
  }
}

function line({ bench, metric, value, unit, baseline, ratio }: BenchRow): string {
  const left = `${bench.padEnd(20)} ${metric.padEnd(30)} ${value.toPrecision(4).padStart(8)} ${unit}`;
  if (baseline === null || ratio === null) return left;
  return `${left.padEnd(66)} ${ratio.toFixed(1).padStart(6)} times ${baseline}`;
}
