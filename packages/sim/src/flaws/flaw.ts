/**
 * Bugs to plant, each as it once was or might be. They stand at the seams that a simulation lends (link, requests, files, clock), so
 * that the product holds none of them; from outside a node with a flaw behaves as the bug would.
 */
import type { DatabaseSync } from 'node:sqlite';
import { MODELS_KEY, SnapshotRows } from '@fernsight/cloud/inline';
import type { Link } from '@fernsight/edge';
import type { Batch } from '@fernsight/wire';
import { START_US } from '../clock/nodeClock.ts';
import type { Request } from '../network/network.ts';
import type { Window } from '../truth/windows.ts';

export const FLAWS = {
  numbersReused: 'the numbers begin anew when the outbox drains',
  epochKept: 'a restart goes on in the epoch before it, from number 0',
  sourceToldEarly: 'the agent calls durable what it has not synced',
  dropsUncounted: 'what is given up at the bound is not told',
  snapshotAhead: 'a snapshot says that it is five readings further than it is',
  switchForgotten: 'a replay goes on with the model that was there before the last switch',
  jointsLost: 'of more than two joint verdicts the agent sends the first two',
  anomaliesLearnt: 'what was judged anomalous is learnt as if it were normal',
  maintenanceUnheard: 'an agent does not hear of maintenance windows',
  maintenanceMissed: 'the cloud takes a maintenance window for one of another device',
  changeoverForgotten:
    'a cloud that starts again judges by what ships, whatever its devices had changed over to',
  shiftForgotten: 'a replay forgets by how much the judges were shifted',
  answerBeforeSync: 'the cloud answers before its log is synced',
  epochIgnored: 'the cloud tells duplicates by their numbers alone',
  rangesForgotten: 'the cloud forgets which numbers it applied',
  seriesLost: 'the cloud answers for a series that it does not store',
  seenByStamp: 'the cloud takes a device for gone by the stamps of its readings',
  keysIgnored: 'the cloud takes a request without stamps for a new one, whatever its key',
  futureTrusted: 'a stamp from the future moves the high-water mark',
} as const;

export type Flaw = keyof typeof FLAWS;

const DROP_AHEAD = 5;
const JOINTS_SENT = 2;
const KEPT_EPOCH = '00000000000-00000000';
const FAR_US = 12 * 3_600e6;

/** @returns the link as an agent with the flaw would use it */
export function flawLink(link: Link, flaw: Flaw | undefined): Link {
  if (flaw === 'epochKept') return sending(link, (batch) => ({ ...batch, epoch: KEPT_EPOCH }));
  if (flaw === 'numbersReused') return reusingNumbers(link);
  if (flaw === 'maintenanceUnheard') return deaf(link);
  if (flaw === 'jointsLost') return sending(link, withoutLateJoints);
  if (flaw !== 'dropsUncounted') return link;
  return {
    exchange: async (batch, signal) => {
      const isTold = batch.gone.length > 0;
      const empty = { ...batch, seqCount: 0, series: [], joint: [], thinned: [], gone: [] };
      return link.exchange(isTold ? empty : batch, signal);
    },
  };
}

function sending(link: Link, change: (batch: Batch) => Batch): Link {
  return { exchange: (batch, signal) => link.exchange(change(batch), signal) };
}

function deaf(link: Link): Link {
  return {
    exchange: async (batch, signal) => {
      const { maintenance: _windows, ...reply } = await link.exchange(batch, signal);
      return reply;
    },
  };
}

/** @returns the window as a cloud with the flaw would understand it */
export function flawWindow(window: Window, flaw: Flaw | undefined): Window {
  return flaw === 'maintenanceMissed' ? { ...window, device: 'another' } : window;
}

function withoutLateJoints(batch: Batch): Batch {
  const joint = batch.joint.map((run) => ({
    ...run,
    deltaUs: run.deltaUs.slice(0, JOINTS_SENT),
    scoreSteps: run.scoreSteps.slice(0, JOINTS_SENT),
    explained: run.explained.filter(({ row }) => row < JOINTS_SENT),
  }));
  return { ...batch, joint };
}

function reusingNumbers(link: Link): Link {
  let offset = 0;
  let epoch = '';
  return {
    exchange: async (batch, signal) => {
      if (batch.epoch !== epoch) offset = 0;
      epoch = batch.epoch;
      const seqFirst = Math.max(0, batch.seqFirst - offset);
      const reply = await link.exchange({ ...batch, seqFirst }, signal);
      if (batch.status.outboxReadings === 0) offset = batch.seqFirst + batch.seqCount;
      return reply;
    },
  };
}

/** Changes the outbox's file as an agent with the flaw would have left it. */
export function flawOutbox(database: DatabaseSync, flaw: Flaw | undefined): void {
  if (flaw === 'switchForgotten') {
    database.exec(
      "UPDATE state SET value = json_remove(value, '$.running') WHERE key LIKE 'model/%'",
    );
  }
  if (flaw === 'shiftForgotten') database.exec('UPDATE epochs SET shift_us = 0');
  if (flaw !== 'snapshotAhead') return;
  database.exec(`CREATE TEMP TRIGGER ahead AFTER INSERT ON snapshots
    BEGIN UPDATE snapshots SET at = at + ${DROP_AHEAD} WHERE device = new.device; END`);
}

/** @returns the request as a cloud with the flaw would understand it */
export function flawRequest(request: Request, flaw: Flaw | undefined): Request {
  if (flaw === 'keysIgnored') return { ...request, key: undefined };
  if (flaw === undefined || request.route !== 'pushBatch') return request;
  const batch = JSON.parse(request.body.toString('utf8')) as Batch;
  switch (flaw) {
    case 'epochIgnored':
      return asking(request, { ...batch, epoch: KEPT_EPOCH });
    case 'rangesForgotten':
      return asking(request, { ...batch, epoch: `${batch.epoch.slice(0, 11)}-${counted()}` });
    case 'seriesLost':
      return asking(request, withoutLastSeries(batch));
    default:
      return request;
  }
}

/** Changes the cloud's file as a cloud with the flaw would have left it. */
export function flawStore(database: DatabaseSync, flaw: Flaw | undefined): void {
  if (flaw !== 'changeoverForgotten') return;
  const rows = new SnapshotRows(database);
  for (const { device } of database.prepare('SELECT DISTINCT device FROM snapshot').all()) {
    const kept = [...rows.read({ id: Number(device) })].filter(([name]) => name !== MODELS_KEY);
    rows.write({ id: Number(device) }, new Map(kept));
  }
}

let count = 0;

function counted(): string {
  return String(count++).padStart(10, '0');
}

function asking(request: Request, batch: Batch): Request {
  return { ...request, body: Buffer.from(JSON.stringify(batch)) };
}

function withoutLastSeries(batch: Batch): Batch {
  const lost = batch.series.at(-1);
  if (lost === undefined || batch.series.length < 3) return batch;
  const gone = { device: lost.device, reason: 'lost', count: lost.seq.length } as const;
  return { ...batch, series: batch.series.slice(0, -1), gone: [...batch.gone, gone] };
}

/** @returns the receipt that a cloud with the flaw would note for a request; undefined for the true one */
export function flawReceipt(request: Request, flaw: Flaw | undefined): number | undefined {
  if (flaw === 'futureTrusted') return START_US + FAR_US;
  if (flaw !== 'seenByStamp' || request.route !== 'pushBatch') return undefined;
  const batch = JSON.parse(request.body.toString('utf8')) as Batch;
  const stamps = batch.series.map(({ firstUs }) => firstUs);
  return stamps.length === 0 ? undefined : Math.max(...stamps);
}
