/** `fernsight evaluate`: a detector against labelled sets, by each set's own protocol, with controls beside it. */
import { UsageFault } from '@fernsight/base';
import { Command } from 'commander';
import { count, natural } from '../argument.ts';
import type { SetName } from '../evaluate/evaluation.ts';
import type { Invocation } from '../invocation.ts';
import { ProgressLine } from '../progressLine.ts';
import { suggestion } from '../settings/nearest.ts';

/** Known before the evaluation is loaded; the compiler holds the list to its own. */
const SETS: readonly SetName[] = [
  'synthetic',
  'nab',
  'skab',
  'smd',
  'smap_msl',
  'asd',
  'false_alarms',
];

interface EvaluateFlags {
  readonly data?: string;
  readonly detector?: string;
  readonly seed: number;
  readonly deviceWeeks?: number;
  readonly published?: string[];
  readonly parts?: true;
  readonly json?: true;
}

export function evaluateCommand(invocation: Invocation): Command {
  return new Command('evaluate')
    .description('measure a detector on a labelled set, with controls and the forest beside it')
    .option('--data <folder>', 'the folder that holds the sets')
    .option('--detector <name>', 'the detector to measure (default: pipeline)')
    .option('--seed <number>', 'the same seed gives the same report', count, 1)
    .option(
      '--device-weeks <weeks>',
      'false_alarms: device-weeks of each noise and budget',
      natural,
    )
    .option('--published <folders...>', 'nab: published results to score beside the detector')
    .option('--parts', 'one line for each file too')
    .option('--json', 'the whole report as JSON')
    .argument('<set>', `one of ${SETS.join(', ')}`)
    .addHelpText(
      'after',
      `
How each set is measured, and what is wrong with it, stands in docs/EVALUATION.md.

Examples:
  fernsight evaluate synthetic --data data
  fernsight evaluate nab --data data --detector forest --json`,
    )
    .action((set: string, flags: EvaluateFlags) => evaluate(set, flags, invocation));
}

async function evaluate(name: string, flags: EvaluateFlags, invocation: Invocation): Promise<void> {
  const set = SETS.find((known) => known === name);
  if (set === undefined) {
    throw new UsageFault(`there is no set "${name}"`, {
      op: 'evaluate',
      hint: suggestion(name, SETS),
    });
  }
  for (const [flag, value, of] of [
    ['--device-weeks', flags.deviceWeeks, 'false_alarms'],
    ['--published', flags.published, 'nab'],
  ] as const) {
    if (value === undefined || set === of) continue;
    throw new UsageFault(`${flag} is of ${of} alone`, {
      op: 'evaluate',
      hint: `leave it out for ${set}`,
    });
  }
  if (flags.data === undefined && set !== 'false_alarms') {
    throw new UsageFault(`${set} needs its data`, {
      op: 'evaluate',
      hint: 'name the folder that holds the sets with --data',
    });
  }
  const { runEvaluation } = await import('../evaluate/evaluation.ts');
  const { printEvaluation } = await import('../evaluate/printer.ts');
  const { detector, seed, deviceWeeks, published, parts = false, json = false } = flags;
  const { clock, stderr, stdout } = invocation;
  const line = new ProgressLine(stderr, clock);
  const report = await runEvaluation({
    set,
    dataDir: flags.data ?? '',
    detector,
    seed,
    deviceWeeks,
    published,
    progress: (text) => line.show(text),
  });
  line.end();
  stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : printEvaluation(report, { parts }));
}
