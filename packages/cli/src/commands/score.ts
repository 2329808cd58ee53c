/** `fernsight score`: a verdict for each row of a CSV file, as an agent reading it live would have given it. */
import { createReadStream } from 'node:fs';
import { createRng, US_PER_MS, UsageFault } from '@fernsight/base';
import { catalog, type RowJudgeFactory } from '@fernsight/detect';
import { openTable, pickColumns } from '@fernsight/edge';
import { Command, Option } from 'commander';
import { count, duration, list, positive } from '../argument.ts';
import type { Invocation } from '../invocation.ts';
import { writeOutput } from '../outputFile.ts';
import { RowReader } from '../score/rowReader.ts';
import { type ScoreCounts, scoreTable } from '../score/scoring.ts';
import { suggestion } from '../settings/nearest.ts';

const DETECTORS: Readonly<Record<string, RowJudgeFactory>> = catalog;
/** Time from row to row where a file has none: only the hour of the day and slow trends depend on it. */
const INTERVAL_MS = 60_000;

interface ScoreFlags {
  readonly time?: string;
  readonly value?: string;
  readonly values?: string[];
  readonly trainRows: number;
  readonly interval: number;
  readonly detector: string;
  readonly budgetPerWeek?: number;
  readonly out: string;
}

export function scoreCommand(invocation: Invocation): Command {
  return new Command('score')
    .description(
      'judge each row of a CSV file in order, as an agent would, and write one line a row',
    )
    .argument('<file>', 'CSV, plain or .gz; - for standard input')
    .option('--time <column>', 'the column of times (default: the one that looks like it)')
    .option('--value <column>', 'the column of values (default: "value", or the only one)')
    .addOption(
      new Option('--values <columns>', 'several columns, judged together: A,B,C')
        .argParser(list)
        .conflicts('value'),
    )
    .option('--train-rows <rows>', 'rows at the start to learn from, unjudged', count, 0)
    .option('--detector <name>', `one of ${Object.keys(catalog).join(', ')}`, 'pipeline')
    .option('--budget-per-week <alarms>', 'false alarms allowed a week', positive)
    .addOption(
      new Option('--interval <duration>', 'time between rows where the file has no times')
        .argParser(duration)
        .default(INTERVAL_MS, '1m'),
    )
    .requiredOption(
      '--out <file>',
      'where the verdicts go: row,timestamp,score,threshold,anomaly,kind; - for standard output',
    )
    .addHelpText(
      'after',
      `
Every row keeps its line. Without a score stand: train (learnt from), invalid (no number, no time, too few fields) and
late (stamped before the row above).

Examples:
  fernsight score ambient.csv.gz --out verdicts.csv
  fernsight score valve.csv --values Pressure,Temperature,Current --train-rows 400 --out verdicts.csv`,
    )
    .action((file: string, flags: ScoreFlags) => score(file, flags, invocation));
}

async function score(file: string, flags: ScoreFlags, invocation: Invocation): Promise<void> {
  const createJudge = DETECTORS[flags.detector];
  if (createJudge === undefined) {
    throw new UsageFault(`there is no detector "${flags.detector}"`, {
      op: 'score',
      hint: suggestion(flags.detector, Object.keys(DETECTORS)),
    });
  }
  const bytes = file === '-' ? invocation.stdin : createReadStream(file);
  const table = await openTable(bytes, file === '-' ? 'standard input' : file);
  const values = flags.value === undefined ? flags.values : [flags.value];
  const columns = pickColumns(table, { time: flags.time, values });
  const reader = new RowReader(table, columns, flags.interval * US_PER_MS);
  const counts = { rows: 0, trained: 0, anomalies: 0, invalid: 0, late: 0, firstFault: '' };
  const { trainRows, budgetPerWeek } = flags;
  const { signal, stdout, stderr } = invocation;
  const rng = createRng('score');
  const options = { createJudge, trainRows, budgetPerWeek, rng, counts, signal };
  await writeOutput(flags.out, scoreTable(table, reader, options), stdout);
  stderr.write(summary(counts));
}

function summary({ rows, trained, anomalies, invalid, late, firstFault }: ScoreCounts): string {
  const parts = [
    `${rows} rows`,
    `${rows - trained - invalid - late} judged`,
    `${anomalies} anomalies`,
  ];
  if (invalid > 0) parts.push(`${invalid} invalid (the first at ${firstFault})`);
  if (late > 0) parts.push(`${late} late, stamped before the row above`);
  return `${parts.join(', ')}\n`;
}
