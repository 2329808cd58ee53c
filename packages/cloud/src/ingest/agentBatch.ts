/**
 * An agent's batch as a parcel. The schema was checked; here stand the rules that a schema cannot say: the sums, the
 * lengths of columns, sequence numbers inside the range and no number twice. A batch is taken whole or not at all.
 */
import type { Batch, SeriesColumns } from '@fernsight/wire';
import { BATCH_READINGS_MAX } from '@fernsight/wire';
import { packMark, unlearnt } from '../store/marks.ts';
import type { AgentParcel, AgentRun } from './parcel.ts';
import { RequestFault } from './requestFault.ts';

/** @throws RequestFault (422) that names the field */
export function readBatch(batch: Batch, receivedUs: number): AgentParcel {
  checkSums(batch);
  const count = batch.series.reduce((sum, series) => sum + series.seq.length, 0);
  const columns = {
    tsUs: new Float64Array(count),
    value: new Float64Array(count),
    seq: new Uint32Array(count),
    steps: new Uint16Array(count),
    marks: new Uint16Array(count),
  };
  const runs: AgentRun[] = [];
  let first = 0;
  for (const [index, series] of batch.series.entries()) {
    checkSeries(series, batch.seqCount, `/series/${index}`);
    copySeries(series, columns, first);
    const { device, sensor, explained, bands } = series;
    runs.push({ device, sensor, first, count: series.seq.length, explained, bands });
    first += series.seq.length;
  }
  checkDistinct(columns.seq, batch.seqCount);
  const { agent, epoch, seqFirst, seqCount, joint, thinned, gone, status } = batch;
  const rest = {
    cards: batch.announce,
    windows: batch.summaries,
    backfill: batch.lane === 'backfill',
  };
  return {
    kind: 'agent',
    receivedUs,
    agent,
    epoch,
    seqFirst,
    seqCount,
    runs,
    joint,
    thinned,
    gone,
    status,
    ...rest,
    ...columns,
  };
}

function checkSums(batch: Batch): void {
  const { series, thinned, gone, seqCount, seqFirst } = batch;
  const readings = series.reduce((sum, { seq }) => sum + seq.length, 0);
  if (readings > BATCH_READINGS_MAX)
    refuse('/series', `carries ${readings} readings, at most ${BATCH_READINGS_MAX}`);
  const thinnedCount = thinned.reduce((sum, { count }) => sum + count, 0);
  const goneCount = gone.reduce((sum, { count }) => sum + count, 0);
  const sum = readings + thinnedCount + goneCount;
  if (sum !== seqCount) {
    refuse(
      '/seqCount',
      `is ${seqCount}, but ${readings} readings + ${thinnedCount} thinned + ${goneCount} gone are ${sum}`,
    );
  }
  if (!Number.isSafeInteger(seqFirst + seqCount)) refuse('/seqFirst', 'is too large');
}

function checkSeries(series: SeriesColumns, seqCount: number, at: string): void {
  const rows = series.seq.length;
  for (const column of ['deltaUs', 'value', 'scoreSteps'] as const) {
    const { length } = series[column];
    if (length !== rows) refuse(`${at}/${column}`, `has ${length} items, and seq has ${rows}`);
  }
  for (let row = 0; row < rows; row++) {
    const seq = series.seq[row] ?? 0;
    if (row > 0 && seq <= (series.seq[row - 1] ?? 0)) refuse(`${at}/seq/${row}`, 'does not ascend');
    if (seq >= seqCount) refuse(`${at}/seq/${row}`, `is outside the range of ${seqCount}`);
  }
  if (rows > 0 && series.stages[0]?.row !== 0) refuse(`${at}/stages`, 'does not begin with row 0');
  for (const list of ['stages', 'explained'] as const) {
    const rowsOf = series[list].map(({ row }) => row);
    for (const [index, row] of rowsOf.entries()) {
      if (row >= rows) refuse(`${at}/${list}/${index}/row`, `is outside the ${rows} rows`);
      if (index > 0 && row <= (rowsOf[index - 1] ?? 0))
        refuse(`${at}/${list}/${index}/row`, 'does not ascend');
    }
  }
}

interface ParcelColumns {
  readonly tsUs: Float64Array;
  readonly value: Float64Array;
  readonly seq: Uint32Array;
  readonly steps: Uint16Array;
  readonly marks: Uint16Array;
}

function copySeries(series: SeriesColumns, columns: ParcelColumns, first: number): void {
  let tsUs = series.firstUs;
  for (const [row, deltaUs] of series.deltaUs.entries()) {
    tsUs += deltaUs;
    if (!(Math.abs(tsUs) <= 8.64e15))
      refuse(`/series/deltaUs/${row}`, 'leads to no time that a calendar knows');
    columns.tsUs[first + row] = tsUs;
  }
  columns.value.set(series.value, first);
  columns.seq.set(series.seq, first);
  columns.steps.set(series.scoreSteps, first);
  for (const [index, { row, stage, unlearnt: isUnlearnt }] of series.stages.entries()) {
    const end = series.stages[index + 1]?.row ?? series.seq.length;
    const mark = packMark({ stage });
    columns.marks.fill(isUnlearnt ? unlearnt(mark) : mark, first + row, first + end);
  }
}

/** No number of the range in two series. O(readings) */
function checkDistinct(seq: Uint32Array, seqCount: number): void {
  if (seqCount > BATCH_READINGS_MAX * 64) {
    if (new Set(seq).size !== seq.length) refuse('/series', 'name one sequence number twice');
    return;
  }
  const seen = new Uint8Array(seqCount);
  for (const number of seq) {
    if (seen[number] === 1) refuse('/series', `name the sequence number ${number} twice`);
    seen[number] = 1;
  }
}

function refuse(pointer: string, detail: string): never {
  throw new RequestFault(422, `${pointer} ${detail}`, {
    hint: 'a batch is taken whole or not at all',
    errors: [{ pointer, detail }],
  });
}
