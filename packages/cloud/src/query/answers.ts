/** The routes that are asked: the fleet now from the head, the past from the reader, the ledger from the writer. */
import type { Clock } from '@fernsight/base';
import {
  type AnomaliesReply,
  type Anomaly,
  type FleetReply,
  type LedgerReply,
  PAGE_ROWS_MAX,
} from '@fernsight/wire';
import type { Answers } from '../http/answer.ts';
import { RequestFault } from '../ingest/requestFault.ts';
import { QUESTIONS_MAX } from '../limits.ts';
import type { Head } from '../live/head.ts';
import { countMissing } from '../store/ranges.ts';
import type { AnomalyFilter } from '../store/store.ts';
import type { Desk } from '../stream/desk.ts';
import type { WriterCalls } from '../stream/writer.ts';
import { type HistoryRequest, readPast, refuseBackwards } from './history.ts';
import type { ReaderCalls } from './reader.ts';
import { Room } from './room.ts';

export interface QueryOptions {
  readonly head: Head;
  readonly writer: Desk<WriterCalls>;
  readonly reader: Desk<ReaderCalls>;
  readonly clock: Clock;
  /** @returns the anomalies with what people said of them */
  readonly labelled: (anomalies: readonly Anomaly[]) => Anomaly[];
}

export function queryAnswers(options: QueryOptions): Answers {
  const { head, writer, clock } = options;
  const room = new Room(QUESTIONS_MAX);
  return {
    fleet: ({ query }) => ({ status: 200, body: pageOfFleet(head, clock.nowUs(), query) }),
    history: async ({ query }) => ({
      status: 200,
      body: await room.within(() =>
        history(query as Readonly<Record<string, never>> & HistoryRequest, options),
      ),
      headers: { 'content-type': 'application/json; charset=utf-8' },
    }),
    anomalies: async ({ query }) => {
      refuseBackwards(query);
      return room.within(async () => {
        await writer.ask('settle', null);
        return { status: 200, body: await anomalies(query as AnomalyFilter, options) };
      });
    },
    ledger: async ({ params }) => ({
      status: 200,
      body: await ledger(params.device ?? '', options),
    }),
  };
}

async function anomalies(filter: AnomalyFilter, options: QueryOptions): Promise<AnomaliesReply> {
  const page = await options.reader.ask('anomalies', filter);
  return { ...page, anomalies: options.labelled(page.anomalies) };
}

/** Devices by name; the cursor is the last name of the page before. */
function pageOfFleet(
  head: Head,
  nowUs: number,
  query: { readonly cursor?: unknown; readonly limit?: unknown },
): FleetReply {
  const limit = typeof query.limit === 'number' ? query.limit : PAGE_ROWS_MAX;
  const after = typeof query.cursor === 'string' ? query.cursor : '';
  const page = head.page(after, limit + 1);
  const devices = page.slice(0, limit);
  const last = devices[devices.length - 1];
  const hasMore = page.length > limit && last !== undefined;
  return { nowUs, totals: head.totals(nowUs), devices, ...(hasMore ? { next: last.device } : {}) };
}

async function history(
  request: HistoryRequest,
  { writer, reader }: QueryOptions,
): Promise<ArrayBuffer> {
  refuseBackwards(request);
  const { device, sensor } = request;
  // asked together, they go and come together
  const [[view], tail] = await Promise.all([
    writer.ask('view', { device }),
    writer.ask('tail', { device, sensor }),
  ]);
  const series = view?.series.find((candidate) => candidate.sensor === sensor);
  if (series === undefined) {
    throw new RequestFault(404, `there is no series ${sensor} of device ${device}`, {
      hint: 'GET /api/v1/fleet lists what there is',
    });
  }
  const { buffer } = await readPast(request, { unit: series.unit, tail }, { writer, reader });
  return buffer;
}

async function ledger(device: string, { writer }: QueryOptions): Promise<LedgerReply> {
  const [view] = await writer.ask('view', { device });
  if (view === undefined) {
    throw new RequestFault(404, `there is no device ${device}`, {
      hint: 'GET /api/v1/fleet lists what there is',
    });
  }
  const {
    stored,
    thinned,
    duplicates,
    conflicts,
    expired,
    rejected,
    gone,
    epochs,
    taken,
    outboxReadings,
    agent,
  } = view.ledger;
  return {
    device,
    stored,
    thinned,
    duplicates,
    conflicts,
    expired,
    rejected,
    gone: Object.entries(gone).map(([reason, count]) => ({ reason, count })),
    epochs: Object.entries(epochs).map(([epoch, applied]) => ({
      epoch,
      applied,
      missing: countMissing(applied),
    })),
    ...(outboxReadings === undefined ? {} : { outboxReadings }),
    ...(taken === undefined ? {} : { taken }),
    ...(agent === undefined ? {} : { agent }),
  };
}
