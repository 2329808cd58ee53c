/**
 * Readings as a file, CSV or Parquet. The reader's thread reads and encodes some thousand at a time and hands over their
 * bytes; the next are asked for when the receiver has taken these, so that the questions of others come in between, and a
 * long export holds no more than a short one.
 *
 * Before the first byte all that is packed is tried: a file from which readings are missing must not pass for whole.
 */
import { Readable } from 'node:stream';
import { Fault, formatTimestamp } from '@fernsight/base';
import type { Answers } from '../http/answer.ts';
import { RequestFault } from '../ingest/requestFault.ts';
import { EXPORTS_MAX } from '../limits.ts';
import type { Stretch } from '../store/past.ts';
import { JOINT_SENSOR } from '../store/registry.ts';
import type { CheckedPart, CheckQuery, TailPart } from '../store/store.ts';
import type { Desk } from '../stream/desk.ts';
import type { WriterCalls } from '../stream/writer.ts';
import type { ExportFormat } from './exportFile.ts';
import { readTogether, refuseBackwards } from './history.ts';
import type { ExportPiece, ReaderCalls } from './reader.ts';
import { Room } from './room.ts';

interface ExportRequest {
  readonly device: string;
  readonly sensor?: string;
  readonly fromUs: number;
  readonly toUs: number;
  readonly format?: ExportFormat;
  readonly partial?: boolean;
}

interface Desks {
  readonly writer: Desk<WriterCalls>;
  readonly reader: Desk<ReaderCalls>;
}

/** One export: its id at the reader, and what goes into it. */
interface Export {
  readonly id: number;
  readonly format: ExportFormat;
  readonly request: ExportRequest;
  readonly sensors: readonly string[];
  readonly missing: readonly Missing[];
}

/** What of a sensor cannot be read. */
interface Missing extends Stretch {
  readonly sensor: string;
}

/** Stretches that are named; the rest are counted. */
const NAMED_MAX = 20;

const TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
};

export function exportAnswers(desks: Desks): Answers {
  const room = new Room(EXPORTS_MAX, 'exports');
  let lastId = 0;
  return {
    exportReadings: async ({ query }) => {
      const request = query as Readonly<Record<string, never>> & ExportRequest;
      refuseBackwards(request);
      const { device, format = 'csv' } = request;
      const sensors = await sensorsOf(request, desks);
      const leave = room.enter();
      const missing = await missingIn(request, sensors, desks).catch((error: unknown) => {
        leave();
        throw error;
      });
      const one = { id: ++lastId, format, request, sensors, missing };
      const body = Readable.from(piecesOf(one, desks));
      body.once('close', leave);
      const name = `${device.replaceAll(/[^\w.-]/g, '_')}.${format}`;
      const disposition = `attachment; filename="${name}"`;
      return {
        status: 200,
        body,
        headers: {
          'content-type': TYPES[format],
          'content-disposition': disposition,
          ...(missing.length === 0
            ? {}
            : { 'fernsight-unreadable': encodeURIComponent(wordsOf(missing)) }),
        },
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

/** @returns what cannot be read. @throws RequestFault (409) where that is anything, unless the request is for a part */
async function missingIn(
  { device, fromUs, toUs, partial = false }: ExportRequest,
  sensors: readonly string[],
  { reader }: Desks,
): Promise<Missing[]> {
  const missing: Missing[] = [];
  for (const sensor of sensors) {
    for (let startUs: number | undefined = Number.MIN_SAFE_INTEGER; startUs !== undefined; ) {
      const query: CheckQuery = { device, sensor, fromUs, toUs, startUs };
      const { unreadable, nextUs }: CheckedPart = await reader.ask('check', query);
      missing.push(...unreadable.map((stretch) => ({ sensor, ...stretch })));
      startUs = nextUs;
    }
  }
  if (missing.length === 0 || partial) return missing;
  throw new RequestFault(409, `a part of it is damaged and cannot be read: ${wordsOf(missing)}`, {
    hint: 'ask with partial=true for all the rest; what is missing may be in a backup',
  });
}

function wordsOf(missing: readonly Missing[]): string {
  const named = missing
    .slice(0, NAMED_MAX)
    .map(
      ({ sensor, fromUs, toUs }) =>
        `${sensor} from ${formatTimestamp(fromUs)} to ${formatTimestamp(toUs)}`,
    );
  const more = missing.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more stretches` : ''}`;
}

/** The bytes of the file. However it ends, the reader forgets it. */
async function* piecesOf(one: Export, desks: Desks): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array;
  try {
    for (const sensor of one.sensors) yield* seriesOf(one, sensor, desks);
  } finally {
    rest = await desks.reader.ask('exportEnd', { id: one.id });
  }
  if (rest.length > 0) yield rest;
}

/** The tail is asked for once, and again where it was packed meanwhile: what comes in during an export is not in it. */
async function* seriesOf(
  { id, format, request, missing }: Export,
  sensor: string,
  desks: Desks,
): AsyncGenerator<Uint8Array> {
  const { device, toUs } = request;
  let tail: TailPart | undefined;
  const next = (fromUs: number): Promise<ExportPiece> => {
    const span = { device, sensor, fromUs, toUs, ...(tail === undefined ? {} : { tail }) };
    return readTogether(span, desks, (query) => {
      tail = query.tail;
      return desks.reader.ask('exportPiece', { ...query, id, format });
    });
  };
  for (let fromUs: number | undefined = request.fromUs; fromUs !== undefined; ) {
    const { bytes, nextUs, unreadable }: ExportPiece = await next(fromUs);
    for (const stretch of unreadable) requireTold({ sensor, ...stretch }, missing);
    if (bytes.length > 0) yield bytes;
    fromUs = nextUs;
  }
}

/** @throws Fault, which breaks the connection, where something became unreadable since the receiver was told */
function requireTold({ sensor, fromUs, toUs }: Missing, told: readonly Missing[]): void {
  const isTold = told.some(
    (one) => one.sensor === sensor && one.fromUs <= fromUs && one.toUs >= toUs,
  );
  if (isTold) return;
  throw new Fault('a chunk cannot be read any more', { op: 'query.export' });
}
