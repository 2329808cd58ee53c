/**
 * Readings as a file, CSV or Parquet. The reader's thread reads and encodes some thousand at a time and hands over their
 * bytes; the next are asked for when the receiver has taken these, so that the questions of others come in between, and a
 * long export holds no more than a short one.
 */
import { Readable } from 'node:stream';
import type { Answers } from '../http/answer.ts';
import { RequestFault } from '../ingest/requestFault.ts';
import { EXPORTS_MAX } from '../limits.ts';
import { JOINT_SENSOR } from '../store/registry.ts';
import type { TailPart } from '../store/store.ts';
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
}

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
      const body = Readable.from(piecesOf({ id: ++lastId, format, request, sensors }, desks));
      body.once('close', leave);
      const name = `${device.replaceAll(/[^\w.-]/g, '_')}.${format}`;
      const disposition = `attachment; filename="${name}"`;
      return {
        status: 200,
        body,
        headers: { 'content-type': TYPES[format], 'content-disposition': disposition },
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
  { id, format, request }: Export,
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
    const { bytes, nextUs }: ExportPiece = await next(fromUs);
    if (bytes.length > 0) yield bytes;
    fromUs = nextUs;
  }
}
