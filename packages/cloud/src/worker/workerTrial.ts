/** What the tests of worker and store share: a worker on a real file in a folder of its own, and parcels for it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog, ManualClock } from '@fernsight/base';
import type { RowScorer } from '@fernsight/detect';
import type { Batch } from '@fernsight/wire';
import { readBatch } from '../ingest/agentBatch.ts';
import { Columns } from '../ingest/columns.ts';
import type { PlainParcel } from '../ingest/parcel.ts';
import type { Stretch } from '../store/past.ts';
import type { Point } from '../store/points.ts';
import { pointRows } from '../store/pointsTrial.ts';
import { SqliteReader } from '../store/sqlite/sqliteReader.ts';
import { SqliteWriter } from '../store/sqlite/sqliteWriter.ts';
import type { StoreReader } from '../store/store.ts';
import { Worker } from './worker.ts';

/** 2026-03-01T00:00:00Z */
export const START_US = 1_772_323_200_000_000;
const EPOCH = '00abcdefghi-0123456789';

export class WorkerTrial {
  readonly dir = mkdtempSync(join(tmpdir(), 'fernsight-cloud-'));
  readonly clock = new ManualClock(START_US);
  /** sensor type -> model; what is chosen */
  readonly chosen = new Map<string, string>();
  readonly forests = new Map<string, RowScorer>();
  /** what was logged as a warning or worse */
  readonly logged: Readonly<Record<string, unknown>>[] = [];
  readonly log = createLog('warn', { write: (line) => void this.logged.push(JSON.parse(line)) });
  worker = this.open();

  get path(): string {
    return join(this.dir, 'fernsight.db');
  }

  open(
    openStore = () => new SqliteWriter(this.path, { blockRows: 64, log: this.log }),
    devicesMax?: number,
  ): Worker {
    return new Worker({
      openStore,
      devicesMax,
      models: { chosen: this.chosen, forest: (hash) => this.forests.get(hash) },
      clock: this.clock,
      log: this.log,
      rawRetentionUs: 30 * 86_400e6,
    });
  }

  /** As after a kill: what was not made durable is gone, nothing is packed on the way. */
  restart(): void {
    this.worker.close();
    this.worker = this.open();
  }

  /** @returns a series' past, tail and chunks together */
  async past(
    device: string,
    sensor: string,
    { fromUs = 0, toUs = 8e15, points = 1_000_000 } = {},
  ): Promise<{ resolutionUs: number; points: Point[]; unreadable: readonly Stretch[] }> {
    const tail = this.worker.tailOf(device, sensor);
    const query = { device, sensor, fromUs, toUs, pointsMax: points, tail };
    const past = await this.read((reader) => reader.past(query));
    if (past === 'moved') throw new Error('the tail moved although nobody packed');
    return { ...past, points: pointRows(past.points) };
  }

  async read<T>(ask: (reader: StoreReader) => Promise<T>): Promise<T> {
    const reader = new SqliteReader(this.path);
    try {
      return await ask(reader);
    } finally {
      reader.close();
    }
  }

  end(): void {
    this.worker.close();
    rmSync(this.dir, { recursive: true });
  }
}

export interface PlainReading {
  readonly device?: string;
  readonly sensor?: string;
  readonly tsUs: number;
  readonly value: number;
}

/** @returns a parcel as ingest makes it of these readings */
export function plainParcel(
  readings: readonly PlainReading[],
  receivedUs = START_US + 3_600e6,
): PlainParcel {
  const columns = new Columns(receivedUs);
  for (const [index, { device = 'd1', sensor = 's1', tsUs, value }] of readings.entries()) {
    columns.add({ device, sensor }, { tsUs, value, at: `rows/${index}` });
  }
  return columns.finish().parcel;
}

/** @returns an agent's batch of one series with the numbers [seqFirst, seqFirst + values.length) */
export function agentBatch(
  seqFirst: number,
  values: readonly number[],
  more: Partial<Batch> = {},
): Batch {
  const firstUs = START_US + seqFirst * 1e6;
  return {
    agent: 'a1',
    epoch: EPOCH,
    lane: 'live',
    seqFirst,
    seqCount: values.length,
    announce: [{ device: 'a1', sensors: [{ sensor: 's1', unit: '°C' }] }],
    series: [
      {
        device: 'a1',
        sensor: 's1',
        seq: values.map((_, index) => index),
        firstUs,
        deltaUs: values.map((_, index) => (index === 0 ? 0 : 1e6)),
        value: [...values],
        scoreSteps: values.map((_, index) => index),
        stages: values.length === 0 ? [] : [{ row: 0, stage: 'ready' }],
        explained: [],
        bands: [],
      },
    ],
    joint: [],
    thinned: [],
    gone: [],
    summaries: [],
    status: { version: '0', outboxReadings: 0, outboxBytes: 0, clockUs: firstUs, taken: [] },
    ...more,
  };
}

export function agentParcel(batch: Batch, receivedUs = START_US + 3_600e6) {
  return readBatch(batch, receivedUs);
}

/** A slow wave with deterministic noise and, now and then, a spike: something to judge. */
export function waveAt(index: number, phase = 0): number {
  const noise = (((index + phase) * 7919) % 1000) / 1000;
  const spike = index % 397 === 396 ? 900 : 0;
  return Math.round(2000 + 200 * Math.sin(index / 40 + phase) + 30 * noise + spike) / 100;
}
