/** `fernsight models compare`: two models on the same stored readings. */
import { formatTimestamp, US_PER_DAY, UsageFault } from '@fernsight/base';
import type { Comparison, Model, Performance } from '@fernsight/wire';
import type { Client } from '@fernsight/wire/client';
import { Command } from 'commander';
import { positive } from '../argument.ts';
import type { Invocation } from '../invocation.ts';
import { asked, clientOf } from '../server.ts';
import { awaitRun } from './run.ts';
import { findModel, SHIPPED, shortOf } from './version.ts';

const DAYS = 7;

export function compareCommand(invocation: Invocation): Command {
  const command = new Command('compare')
    .description('judge the stored readings of the last days by two models, side by side')
    .argument('<model>', 'its hash, or the beginning of it')
    .argument(
      '[other]',
      `another one, or ${SHIPPED}: what Fernsight ships with (default: what is chosen)`,
    )
    .option('--days <number>', 'how many days back', positive, DAYS)
    .addHelpText(
      'after',
      `
Both judge the same readings from the start, as a device would have; what was taken in maintenance is left out. Where
people said "real" or "not an anomaly" of readings, it says which of them each model marks.

Examples:
  fernsight models compare 3f9ac02b71de
  fernsight models compare 3f9ac02b71de ${SHIPPED} --days 28`,
    )
    .action(async (first: string, other: string | undefined, { days }: { days: number }) => {
      const client = clientOf(command, invocation.env);
      const begun = await begin(client, { first, other, days }, invocation);
      const ask = async (signal: AbortSignal) => {
        const { comparisons } = await asked(() => client.call('comparisons', { signal }));
        return comparisons.find(({ id }) => id === begun.id);
      };
      const progress = ({ seriesDone, seriesCount }: Comparison) =>
        `${seriesDone} of ${seriesCount} series`;
      const run = await awaitRun('the comparison', { ask, progress }, invocation);
      invocation.stdout.write(tableOf(run));
    });
  return command;
}

interface Wanted {
  readonly first: string;
  readonly other: string | undefined;
  readonly days: number;
}

async function begin(client: Client, wanted: Wanted, { clock }: Invocation): Promise<Comparison> {
  const { models } = await asked(() => client.call('models', {}));
  const { hash: first, sensorType } = findModel(wanted.first, models);
  const second = otherOf(wanted.other, sensorType, models);
  if (first === second) {
    const why = wanted.other === undefined ? 'is the one that is chosen' : 'is named twice';
    throw new UsageFault(`${shortOf(first)} ${why}`, {
      op: 'models.compare',
      hint: `name another one to compare it with, or ${SHIPPED}`,
    });
  }
  const fromUs = Math.round(clock.nowUs() - wanted.days * US_PER_DAY);
  const body = { sensorType, first, second, fromUs };
  return asked(() => client.call('compareModels', { body }));
}

function otherOf(
  other: string | undefined,
  sensorType: string,
  models: readonly Model[],
): string | null {
  if (other === SHIPPED) return null;
  if (other !== undefined) return findModel(other, models).hash;
  return models.find((model) => model.active && model.sensorType === sensorType)?.hash ?? null;
}

type Row = readonly [name: string, first: string, second: string];

function tableOf({
  sensorType,
  fromUs,
  toUs,
  seriesCount,
  results,
  agreement,
}: Comparison): string {
  const [first, second] = results;
  if (first === undefined || second === undefined) return '';
  const row = (name: string, read: (one: Performance) => string): Row => [
    name,
    read(first),
    read(second),
  ];
  const rows: Row[] = [
    row('', ({ hash }) => shortOf(hash)),
    row('readings judged', ({ readingCount }) => String(readingCount)),
    row('marked', ({ anomalyCount }) => String(anomalyCount)),
    row('alarms', ({ alarmCount }) => String(alarmCount)),
    row('alarms a device and week', ({ alarmsPerDeviceWeek }) => alarmsPerDeviceWeek.toFixed(2)),
    row('mean score', ({ meanScore }) => meanScore.toFixed(3)),
    ...scoreRows(first, second),
    ...labelRows(first, row),
  ];
  const span = `${formatTimestamp(fromUs)} to ${formatTimestamp(toUs)}`;
  const head = `${sensorType}, ${seriesCount} series, ${span}\n`;
  return `${head}${aligned(rows)}${agreement === null ? '' : agreementWords(agreement)}\n`;
}

/** Readings by score, where there are any. */
function scoreRows(first: Performance, second: Performance): Row[] {
  const edge = (bin: number) => (bin / first.scores.length).toFixed(2);
  return first.scores.flatMap((count, bin) => {
    const other = second.scores[bin] ?? 0;
    const name = `score ${edge(bin)} to ${edge(bin + 1)}`;
    return count + other === 0 ? [] : [[name, String(count), String(other)] as const];
  });
}

function labelRows(
  { curve }: Performance,
  row: (name: string, read: (one: Performance) => string) => Row,
): Row[] {
  if (curve === null) return [];
  return [
    row(`marked of ${curve.real} called real`, ({ marked }) => String(marked?.real)),
    row(`marked of ${curve.notReal} called no anomaly`, ({ marked }) => String(marked?.notReal)),
    row('precision', ({ marked }) =>
      share(marked?.real, (marked?.real ?? 0) + (marked?.notReal ?? 0)),
    ),
    row('recall', ({ marked }) => share(marked?.real, curve.real)),
    row('area under precision over recall', (one) => (one.curve?.prAuc ?? 0).toFixed(2)),
  ];
}

function share(part = 0, whole = 0): string {
  return whole === 0 ? '-' : (part / whole).toFixed(2);
}

function aligned(rows: readonly Row[]): string {
  const width = (column: 0 | 1 | 2) => Math.max(...rows.map((row) => row[column].length));
  const [name, first, second] = [width(0), width(1), width(2)];
  const line = (row: Row) =>
    `${row[0].padEnd(name)}  ${row[1].padStart(first)}  ${row[2].padStart(second)}\n`;
  return rows.map(line).join('');
}

function agreementWords({ both, first, second }: NonNullable<Comparison['agreement']>): string {
  return `marked by both ${both}, by the first alone ${first}, by the second alone ${second}`;
}
