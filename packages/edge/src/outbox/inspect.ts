/**
 * The outbox looked at from outside, while an agent runs on it or not: `fernsight buffer status` and `export`. Nothing
 * is changed, and no lock is taken.
 */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { errorMessage, UsageFault } from '@fernsight/base';
import { CHANNELS, KINDS, SCORE_STEPS } from '@fernsight/detect';
import { type SeriesRun, STAGE_NAMES, stageIndex } from './body.ts';
import { fieldsOf, type OutboxCounts, parseCounts } from './counts.ts';
import { unpackBody } from './packBody.ts';
import { type Interruptions, RunMark } from './runMark.ts';

export interface OutboxStatus extends Readonly<OutboxCounts> {
  readonly path: string;
  /** readings and packed rows that wait for the cloud, and the bytes of these */
  readonly waiting: number;
  readonly rows: number;
  readonly packedBytes: number;
  /** of the pages in use: indexes, snapshots, summaries and the room within pages among them */
  readonly bytes: number;
  readonly oldestUs: number | undefined;
  readonly newestUs: number | undefined;
  /** ends of the agent that were not in order, a run under way left out */
  readonly interruptions: Interruptions | undefined;
  /** batches that the cloud refused and that are kept aside */
  readonly refused: number;
}

/** A waiting reading, or what is left of a minute of them. */
export interface ExportedRow {
  readonly device: string;
  readonly sensor: string;
  readonly tsUs: number;
  readonly value: number;
  readonly score: number;
  readonly stage: string;
  readonly anomaly: boolean;
  readonly kind: string;
  readonly channels: readonly string[];
  /** readings that this row stands for: 1, or a thinned minute's; then `value` is their mean */
  readonly count: number;
}

const COUNT_WAITING = `SELECT count(*) AS row_count, min(oldest_us) AS oldest, max(newest_us) AS newest,
  total(length(bytes)) AS packed FROM batches WHERE state IN (0, 1, 2)`;
const COUNT_ALL = 'SELECT max(first + count) AS next FROM batches';
const COUNT_REFUSED = 'SELECT count(*) AS refused FROM refused';
const GET_RUN = "SELECT value FROM state WHERE key = 'run'";
const GET_COUNTS = "SELECT value FROM state WHERE key = 'counts'";
const LIST_WAITING = 'SELECT bytes FROM batches WHERE state IN (0, 1, 2) ORDER BY first';
const GET_BYTES = `SELECT (SELECT page_count FROM pragma_page_count) -
  (SELECT freelist_count FROM pragma_freelist_count) AS pages,
  (SELECT page_size FROM pragma_page_size) AS size`;

/** @throws UsageFault where there is no outbox */
export function readOutboxStatus(path: string): OutboxStatus {
  return reading(path, (database) => {
    const waiting = database.prepare(COUNT_WAITING).get() ?? {};
    const text = database.prepare(GET_COUNTS).get()?.value;
    const counts = parseCounts(typeof text === 'string' ? text : undefined);
    const all = Number(database.prepare(COUNT_ALL).get()?.next ?? 0);
    const next = Math.max(counts.next, all);
    const { delivered, thinned, dropped, rejected, lost } = counts;
    const size = database.prepare(GET_BYTES).get() ?? {};
    return {
      ...counts,
      next,
      path,
      waiting: next - delivered - thinned - dropped - rejected - lost,
      rows: Number(waiting.row_count),
      packedBytes: Number(waiting.packed),
      bytes: Number(size.pages) * Number(size.size),
      oldestUs: orUndefined(waiting.oldest),
      newestUs: orUndefined(waiting.newest),
      interruptions: new RunMark(runText(database), '').interruptions,
      refused: Number(database.prepare(COUNT_REFUSED).get()?.refused),
    };
  });
}

/** @returns the row of the run; of one under way, as if it had ended in order */
function runText(database: DatabaseSync): string | undefined {
  const text = database.prepare(GET_RUN).get()?.value;
  if (typeof text !== 'string') return undefined;
  return JSON.stringify({ all: fieldsOf(text).all });
}

/** @returns what waits, in the order it was taken within each series. @throws UsageFault where there is no outbox */
export function* exportOutbox(path: string): Generator<ExportedRow> {
  const database = open(path);
  try {
    for (const { bytes } of database.prepare(LIST_WAITING).iterate()) {
      if (!(bytes instanceof Uint8Array)) continue;
      const body = unpackBody(bytes);
      for (const run of body.series) yield* rowsOf(run);
      for (const minute of body.thinned) {
        const { device, sensor, minuteUs: tsUs, mean: value, count } = minute;
        const score = minute.worstScoreSteps / SCORE_STEPS;
        const anomaly = minute.anomalies > 0;
        const stage = 'thinned';
        yield {
          device,
          sensor,
          tsUs,
          value,
          score,
          stage,
          anomaly,
          kind: 'none',
          channels: [],
          count,
        };
      }
    }
  } finally {
    database.close();
  }
}

function* rowsOf(run: SeriesRun): Generator<ExportedRow> {
  const explained = new Map(run.explained.map((one) => [one.row, one]));
  for (let row = 0; row < run.offset.length; row++) {
    const verdict = explained.get(row);
    yield {
      device: run.device,
      sensor: run.sensor,
      tsUs: run.tsUs[row] ?? 0,
      value: run.value[row] ?? 0,
      score: (run.scoreSteps[row] ?? 0) / SCORE_STEPS,
      stage: STAGE_NAMES[stageIndex(run.stage[row] ?? 0)] ?? 'unscored',
      anomaly: verdict?.anomaly ?? false,
      kind: KINDS[verdict?.kind ?? 0] ?? 'none',
      channels: (verdict?.channels ?? []).map(([channel]) => CHANNELS[channel] ?? 'none'),
      count: 1,
    };
  }
}

function reading<T>(path: string, read: (database: DatabaseSync) => T): T {
  const database = open(path);
  try {
    return read(database);
  } finally {
    database.close();
  }
}

function open(path: string): DatabaseSync {
  const hint = 'name the data folder that the agent was started with: --data-dir FOLDER';
  if (!existsSync(path)) {
    throw new UsageFault(`there is no outbox at ${path}`, { op: 'buffer.open', hint });
  }
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    database.prepare(COUNT_REFUSED).get();
    return database;
  } catch (cause) {
    throw new UsageFault(`${path} is not an outbox: ${errorMessage(cause)}`, {
      op: 'buffer.open',
      hint,
      cause,
    });
  }
}

function orUndefined(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}
