/** `fernsight generate`: a labelled synthetic series, seeded, to try detectors on. */
import { createRng, Fault, formatTimestamp, US_PER_MS, UsageFault } from '@fernsight/base';
import { Command, Option } from 'commander';
import { count, duration } from '../argument.ts';
import type { Invocation } from '../invocation.ts';
import { suggestion } from '../settings/nearest.ts';

const ROWS = 5_000;
const INTERVAL_MS = 60_000;
const START_US = Date.UTC(2024, 0, 1) * US_PER_MS;
const BLOCK_ROWS = 1_000;

interface GenerateFlags {
  readonly type: string;
  readonly rows: number;
  readonly seed: number;
  readonly interval: number;
  readonly out: string;
}

export function generateCommand(invocation: Invocation): Command {
  return new Command('generate')
    .description('write a labelled synthetic series as CSV: timestamp,value,is_anomaly,kind')
    .option(
      '--type <type>',
      'temperature, pressure, cpu_usage, network_latency, room_temperature or humidity',
      'temperature',
    )
    .option('--rows <rows>', 'rows to write', count, ROWS)
    .option('--seed <number>', 'the same seed gives the same rows', count, 42)
    .addOption(
      new Option('--interval <duration>', 'time between rows')
        .argParser(duration)
        .default(INTERVAL_MS, '1m'),
    )
    .option('--out <file>', 'where the rows go; - for standard output', '-')
    .addHelpText(
      'after',
      `
Examples:
  fernsight generate --type pressure --seed 43 --out pressure-43.csv
  fernsight generate --rows 2000 | fernsight score - --value value --out verdicts.csv`,
    )
    .action((flags: GenerateFlags) => generate(flags, invocation));
}

async function generate(flags: GenerateFlags, invocation: Invocation): Promise<void> {
  const { createSynthetic, SYNTHETIC_TYPES } = await import('@fernsight/edge');
  const { writeOutput } = await import('../outputFile.ts');
  const type = SYNTHETIC_TYPES.find((name) => name === flags.type);
  if (type === undefined) {
    throw new UsageFault(`there is no synthetic series of type "${flags.type}"`, {
      op: 'generate',
      hint: suggestion(flags.type, SYNTHETIC_TYPES),
    });
  }
  const series = createSynthetic({ type, rng: createRng(flags.seed).fork(type) });
  // What is printed ends with the process; of a file nothing shall be left.
  const signal = flags.out === '-' ? undefined : invocation.heedSignals();
  async function* lines() {
    yield 'timestamp,value,is_anomaly,kind\n';
    for (let row = 0; row < flags.rows; ) {
      let block = '';
      for (const end = Math.min(row + BLOCK_ROWS, flags.rows); row < end; row++) {
        const { value, label } = series.next();
        const time = formatTimestamp(START_US + row * flags.interval * US_PER_MS);
        block += `${time},${value},${label === 'none' ? '0,' : `1,${label}`}\n`;
      }
      yield block;
      if (signal?.aborted) throw new Fault('stopped; nothing was written', { op: 'generate' });
    }
  }
  await writeOutput(flags.out, lines(), invocation.stdout);
}
