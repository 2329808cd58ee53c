/**
 * Readings as a file, CSV or Parquet: a day of one series at a time, as fast as the receiver takes it. A long export never holds
 * more than a day in memory and never keeps the writer waiting.
 */
import { Readable } from 'node:stream';
import { formatTimestamp, US_PER_DAY } from '@fernsight/base';
import { SCORE_STEPS } from '@fernsight/detect';
import type { Answers } from '../http/answer.ts';
import { RequestFault } from '../ingest/requestFault.ts';
import { isAnomaly, isScored, kindOf, stageOf } from '../store/marks.ts';
import { JOINT_SENSOR } from '../store/registry.ts';
import { floorTo } from '../store/rollup.ts';
import type { SpanQuery } from '../store/store.ts';
import type { Desk } from '../stream/desk.ts';
import type { WriterCalls } from '../stream/writer.ts';
import { readTogether, refuseBackwards } from './history.ts';
import { parquetOf, type SeriesDay } from './parquet.ts';
import type { ReaderCalls } from './reader.ts';

interface ExportRequest {
  readonly device: string;
  readonly sensor?: string;
  readonly fromUs: number;
  readonly toUs: number;
  readonly format?: 'csv' | 'parquet';
}

interface Desks {
  readonly writer: Desk<WriterCalls>;
  readonly reader: Desk<ReaderCalls>;
}

const HEADER = 'device,sensor,time,value,score,stage,anomaly,kind\n';

const FORMATS = {
  csv: { type: 'text/csv; charset=utf-8', encode: csvOf },
  parquet: { type: 'application/vnd.apache.parquet', encode: parquetOf },
};

export function exportAnswers(desks: Desks): Answers {
  return {
    exportReadings: async ({ query }) => {
      const request = query as Readonly<Record<string, never>> & ExportRequest;
      refuseBackwards(request);
      const { device, format = 'csv' } = request;
      const { type, encode } = FORMATS[format];
      const days = daysOf(request, await sensorsOf(request, desks), desks);
      const name = `${device.replaceAll(/[^\w.-]/g, '_')}.${format}`;
      const disposition = `attachment; filename="${name}"`;
      return {
        status: 200,
        body: Readable.from(encode(days)),
        headers: { 'content-type': type, 'content-disposition': disposition },
      };
    },
  };
}

async function sensorsOf({ device, sensor }: ExportRequest, { writer }: Desks): Promise<string[]> {
  const [view] = await writer.ask('view', { device });
  const all =
    view?.series.map((series) => series.sensor).filter((name) => name !== JOINT_SENSOR) ?? [];
  const sensors = sensor === undefined ? all : all.filter((name) => name === sensor);
  if (sensors.length > 0) return sensors;
  throw new RequestFault(404, `there is no such series of device ${device}`, {
    hint: 'GET /api/v1/fleet lists what there is',
  });
}

async function* daysOf(
  request: ExportRequest,
  sensors: readonly string[],
  desks: Desks,
): AsyncGenerator<SeriesDay> {
  const { device, toUs } = request;
  for (const sensor of sensors) {
    let fromUs = request.fromUs;
    while (fromUs <= toUs) {
      const endUs = Math.min(toUs, floorTo(fromUs, US_PER_DAY) + US_PER_DAY - 1);
      const span = { device, sensor, fromUs, toUs: endUs };
      const ask = (query: SpanQuery) => desks.reader.ask('rows', query);
      const { rows, nextUs } = await readTogether(span, desks, ask);
      if (rows.tsUs.length > 0) yield { device, sensor, rows };
      if (nextUs === undefined) break;
      fromUs = nextUs;
    }
  }
}

async function* csvOf(days: AsyncIterable<SeriesDay>): AsyncGenerator<string> {
  yield HEADER;
  for await (const day of days) yield linesOf(day);
}

function linesOf({ device, sensor, rows }: SeriesDay): string {
  const head = `${quoted(device)},${quoted(sensor)}`;
  const lines = Array.from(rows.tsUs, (tsUs, row) => {
    const mark = rows.marks[row] ?? 0;
    const score = isScored(mark) ? (rows.steps[row] ?? 0) / SCORE_STEPS : '';
    const what = `${stageOf(mark)},${isAnomaly(mark) ? 1 : 0},${kindOf(mark)}`;
    return `${head},${formatTimestamp(tsUs)},${rows.value[row] ?? ''},${score},${what}\n`;
  });
  return lines.join('');
}

/** RFC 4180 */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
