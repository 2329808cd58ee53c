/** `fernsight train`: a model for one sensor type from recorded readings, and a report of what it finds. */
import { Command } from 'commander';
import { count } from '../argument.ts';
import type { Invocation } from '../invocation.ts';
import { ProgressLine } from '../progressLine.ts';

interface TrainFlags {
  readonly data: string[];
  readonly test?: string[];
  readonly sensor: string;
  readonly time?: string;
  readonly value?: string;
  readonly label?: string;
  readonly seed: number;
  readonly out: string;
  readonly report?: string;
}

export function trainCommand(invocation: Invocation): Command {
  return new Command('train')
    .description('learn a model for one sensor type from recorded readings')
    .requiredOption('--data <files...>', 'CSV files, plain or .gz; each is a series')
    .requiredOption('--sensor <type>', 'the sensor type it shall serve: temperature')
    .requiredOption('--out <file>', 'where the model goes; - for standard output')
    .option('--test <files...>', 'files to judge for the report (default: those of --data)')
    .option('--time <column>', 'the column of times (default: the one that looks like it)')
    .option('--value <column>', 'the column of values (default: "value", or the only one)')
    .option('--label <column>', 'the column of labels (default: is_anomaly, label or anomaly)')
    .option('--seed <number>', 'the same seed and data give the same model', count, 1)
    .option(
      '--report <file>',
      'where the HTML page goes (default: beside the model, if it is a file)',
    )
    .addHelpText(
      'after',
      `
Labels are for the report alone; the model does not see them.

Examples:
  fernsight train --data pump-*.csv --sensor pressure --out pressure.fern
  fernsight train --data march.csv --test april.csv --sensor flow --out flow.fern --report flow.html`,
    )
    .action((flags: TrainFlags) => train(flags, invocation));
}

async function train(flags: TrainFlags, { clock, stdout, stderr }: Invocation): Promise<void> {
  const { runTraining } = await import('../train/training.ts');
  const { writeOutput } = await import('../outputFile.ts');
  const { sensor, data, test = [], time, value, label, seed, out } = flags;
  const reportFile = flags.report ?? (out === '-' ? undefined : `${out}.html`);
  const line = new ProgressLine(stderr, clock);
  const columns = { time, value, label, nowUs: () => clock.nowUs() };
  const progress = (text: string) => line.show(text);
  const { model, bytes, report, leftOut } = await runTraining({
    sensor,
    data,
    test,
    columns,
    seed,
    progress,
  });
  line.end();
  await writeOutput(out, [bytes], stdout);
  if (reportFile !== undefined) await writeOutput(reportFile, [report], stdout);
  // what goes to standard output is the model or the page, and nothing else
  const words = [out, reportFile].includes('-') ? stderr : stdout;
  const { readingCount, rowCount } = model;
  words.write(`${out}: ${bytes.length} bytes, from ${readingCount} readings (${rowCount} rows)\n`);
  if (leftOut.count > 0) words.write(`rows left out: ${leftOut.count}, first ${leftOut.first}\n`);
  if (reportFile !== undefined) words.write(`${reportFile}: what it finds\n`);
}
