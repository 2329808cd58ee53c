/** `fernsight score` at work: a table in, a verdict a row out. */
import { createReadStream } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import { createRng, Fault, US_PER_MS, UsageFault } from '@fernsight/base';
import { catalog, type DetectorName, type RowJudgeFactory } from '@fernsight/detect';
import { openTable, pickColumns } from '@fernsight/edge';
import type { Invocation } from '../invocation.ts';
import { writeOutput } from '../outputFile.ts';
import { suggestion } from '../settings/nearest.ts';
import { formatDuration } from '../settings/unit.ts';
import { RowReader } from './rowReader.ts';
import { type ScoreCounts, scoreTable } from './scoring.ts';

const KEEPS_BUDGET = 'pipeline' satisfies DetectorName;
const DETECTORS: Readonly<Record<string, RowJudgeFactory>> = catalog;

export interface ScoreFlags {
  readonly time?: string;
  readonly value?: string;
  readonly values?: string[];
  readonly trainRows: number;
  /** between rows where the file has no times, milliseconds */
  readonly interval: number;
  readonly detector: string;
  readonly budgetPerWeek?: number;
  readonly out: string;
}

/** @throws UsageFault where the file, a column or the detector is not there, or nothing is left to judge */
export async function scoreFile(
  file: string,
  flags: ScoreFlags,
  invocation: Invocation,
): Promise<void> {
  const createJudge = DETECTORS[flags.detector];
  if (createJudge === undefined) {
    throw new UsageFault(`there is no detector "${flags.detector}"`, {
      op: 'score',
      hint: suggestion(flags.detector, Object.keys(DETECTORS)),
    });
  }
  if (flags.budgetPerWeek !== undefined && flags.detector !== KEEPS_BUDGET) {
    throw new UsageFault(`--budget-per-week needs --detector ${KEEPS_BUDGET}`, {
      op: 'score',
      hint: `${flags.detector} keeps no budget`,
    });
  }
  const signal = invocation.heedSignals();
  const bytes = file === '-' ? invocation.stdin : createReadStream(file);
  try {
    // nothing else ends the wait for a pipe that says nothing
    addAbortSignal(signal, bytes);
    await scoreBytes(bytes, { file, createJudge, flags, signal }, invocation);
  } catch (error) {
    if (!signal.aborted) throw error;
    const kept = flags.out === '-' ? '' : '; nothing was written';
    throw new Fault(`stopped${kept}`, { op: 'score', cause: error });
  } finally {
    // and an open one would keep the process alive
    bytes.destroy();
  }
}

interface ScoreJob {
  readonly file: string;
  readonly createJudge: RowJudgeFactory;
  readonly flags: ScoreFlags;
  readonly signal: AbortSignal;
}

async function scoreBytes(
  bytes: Readable,
  { file, createJudge, flags, signal }: ScoreJob,
  invocation: Invocation,
): Promise<void> {
  const table = await openTable(bytes, file === '-' ? 'standard input' : file);
  const values = flags.value === undefined ? flags.values : [flags.value];
  const columns = pickColumns(table, { time: flags.time, values });
  const reader = new RowReader(table, columns, {
    intervalUs: flags.interval * US_PER_MS,
    nowUs: () => invocation.clock.nowUs(),
  });
  const counts = {
    rows: 0,
    trained: 0,
    anomalies: 0,
    invalid: 0,
    late: 0,
    future: 0,
    firstFault: '',
  };
  const { trainRows, budgetPerWeek } = flags;
  const { stdout, stderr } = invocation;
  const rng = createRng('score');
  const options = { createJudge, trainRows, budgetPerWeek, rng, counts, signal };
  await writeOutput(flags.out, scoreTable(table, reader, options), stdout);
  if (columns.time === undefined) {
    const interval = formatDuration(flags.interval);
    stderr.write(`no column of times: rows taken ${interval} apart; name it with --time\n`);
  }
  const judged = columns.values.map(({ name }) => name).join(', ');
  stderr.write(`${judged}: ${summary(counts)}`);
}

function summary(counts: ScoreCounts): string {
  const { rows, trained, anomalies, invalid, late, future, firstFault } = counts;
  const judged = rows - trained - invalid - late - future;
  const parts = [`${rows} rows`, `${judged} judged`, `${anomalies} anomalies`];
  if (invalid > 0) parts.push(`${invalid} invalid (the first at ${firstFault})`);
  if (late > 0) parts.push(`${late} late, stamped before the row above`);
  if (future > 0) parts.push(`${future} future, stamped ahead of the clock`);
  return `${parts.join(', ')}\n`;
}
