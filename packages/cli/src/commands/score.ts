/** `fernsight score`: a verdict for each row of a CSV file, as an agent reading it live would have given it. */
import { Command, Option } from 'commander';
import { count, duration, list, positive } from '../argument.ts';
import type { Invocation } from '../invocation.ts';
import type { ScoreFlags } from '../score/scoreFile.ts';

/** Time from row to row where a file has none: only the hour of the day and slow trends depend on it. */
const INTERVAL_MS = 60_000;

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
    .option(
      '--detector <name>',
      'pipeline, forest (an Isolation Forest over eight window features) or another of the catalog',
      'pipeline',
    )
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
Every row keeps its line. Without a score stand: train (learnt from), invalid (no number, no time, too few or too many
fields), late (stamped before the row above) and future (stamped ahead of this machine's clock).

Examples:
  fernsight score ambient.csv.gz --out verdicts.csv
  fernsight score valve.csv --values Pressure,Temperature,Current --train-rows 400 --out verdicts.csv`,
    )
    .action(async (file: string, flags: ScoreFlags) => {
      const { scoreFile } = await import('../score/scoreFile.ts');
      await scoreFile(file, flags, invocation);
    });
}
