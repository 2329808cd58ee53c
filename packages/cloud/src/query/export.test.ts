/** Exports: in pieces that the reader's thread makes, as fast as they are taken, so many at a time and no more. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createRng, formatTimestamp, must, silentLog, systemClock } from '@fernsight/base';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CloudTrial, NOW_US, openCloud } from '../cloudTrial.ts';
import { openThreads } from '../deskThreads.ts';
import { type InlineCloud, serveInline } from '../embedded.ts';
import type { Answer } from '../http/answer.ts';
import { EXPORT_READINGS, EXPORTS_MAX, ROW_GROUP_READINGS } from '../limits.ts';
import { completeSettings } from '../settings.ts';
import { judgingOf } from '../start.ts';
import type { Desk } from '../stream/desk.ts';
import type { ReaderCalls } from './reader.ts';

const FROM_US = NOW_US - 3 * 86_400e6;
const READINGS = 70_000;
const BODY_READINGS = 10_000;

const valueAt = (row: number): number => (row * 7919) % 1000;
const stampAt = (row: number): number => FROM_US + row * 1e6 + (row % 3);

let trial: CloudTrial;
beforeAll(async () => {
  trial = await openCloud();
  for (let first = 0; first < READINGS; first += BODY_READINGS) {
    const rows = Array.from({ length: BODY_READINGS }, (_, row) => first + row);
    await push('flow', rows.map(stampAt), rows.map(valueAt));
  }
  await push('a,"b"', [FROM_US + 5e6], [1.5]);
});
afterAll(() => trial.end());

async function push(sensor: string, tsUs: number[], value: number[]): Promise<void> {
  const columns = [{ device: 'd1', sensor, tsUs, value }];
  expect((await trial.post('/api/v1/readings', { columns })).status).toBe(202);
}

const pathOf = (format: string): string =>
  `/api/v1/export?device=d1&fromUs=0&toUs=${NOW_US}&format=${format}`;

async function bytesOf(format: string): Promise<ArrayBuffer> {
  return (await fetch(trial.cloud.url + pathOf(format))).arrayBuffer();
}

describe('a long export', () => {
  test('as CSV holds every reading once and in order, packed or not', async () => {
    const expected = [
      ...Array.from({ length: READINGS }, (_, row) => [stampAt(row), valueAt(row)] as const),
    ].map(([tsUs, value]) => `d1,flow,${formatTimestamp(tsUs)},${value}`);
    for (const isPacked of [false, true]) {
      if (isPacked) await trial.post('/api/v1/jobs/pack/run', {});
      const lines = Buffer.from(await bytesOf('csv'))
        .toString()
        .trimEnd()
        .split('\n');
      expect(lines[0]).toBe('device,sensor,time,value,score,stage,anomaly,kind');
      const flow = lines.filter((line) => line.startsWith('d1,flow,'));
      expect(flow.map((line) => line.split(',').slice(0, 4).join(','))).toEqual(expected);
      expect(lines.at(-1)).toMatch(/^d1,"a,""b""",.*,1.5,/);
      expect(lines.length).toBe(READINGS + 2);
    }
  });

  test('as Parquet is the same readings, in row groups of many pieces', async () => {
    const file = await bytesOf('parquet');
    const rows = await parquetReadObjects({ file });
    const csv = Buffer.from(await bytesOf('csv'))
      .toString()
      .trimEnd()
      .split('\n')
      .slice(1);
    const lines = rows.map(({ device, sensor, time, value, score, stage, anomaly, kind }) => {
      const name = sensor === 'flow' ? sensor : `"${String(sensor).replaceAll('"', '""')}"`;
      const what = `${score ?? ''},${stage},${anomaly === true ? 1 : 0},${kind}`;
      return `${device},${name},${(time as Date).toISOString().slice(0, 23)},${value},${what}`;
    });
    expect(lines).toEqual(csv.map((line) => line.replace(/\d{3}Z,/, ',')));
    const { row_groups: groups } = parquetMetadata(file);
    const counts = groups.map(({ num_rows: count }) => Number(count));
    expect(counts.length).toBe(Math.ceil(READINGS / ROW_GROUP_READINGS) + 1);
    expect(Math.max(...counts)).toBe(ROW_GROUP_READINGS);
    const stamps = groups.map(({ columns }) => columns[2]?.meta_data?.statistics);
    expect(stamps[0]?.min_value).toEqual(new Date(FROM_US / 1e3));
  });
});

describe('with the threads of the store', () => {
  const dir = mkdtempSync(join(tmpdir(), 'fernsight-export-'));
  const asked: string[] = [];
  const stop = new AbortController();
  let cloud: InlineCloud;
  let running: Promise<void>;
  beforeAll(async () => {
    const settings = completeSettings({});
    const desks = await openThreads(judgingOf(dir, settings), silentLog);
    const machine = { clock: systemClock, rng: createRng(1), log: silentLog };
    const reader: Desk<ReaderCalls> = {
      ask: (call, input, transfer) => {
        asked.push(call);
        return desks.reader.ask(call, input, transfer);
      },
      failure: desks.reader.failure,
      run: (signal) => desks.reader.run(signal),
      close: () => desks.reader.close(),
    };
    cloud = await serveInline({ dataDir: dir, open: true, ...machine }, settings, {
      ...desks,
      reader,
    });
    running = cloud.run(stop.signal);
    const rows = Array.from({ length: BODY_READINGS }, (_, row) => row);
    const columns = [
      { device: 'd1', sensor: 's', tsUs: rows.map(stampAt), value: rows.map(valueAt) },
    ];
    const body = Buffer.from(JSON.stringify({ columns }));
    const headers = { 'content-type': 'application/json' };
    expect((await cloud.call('pushReadings', { headers, body })).status).toBe(202);
  });
  afterAll(async () => {
    stop.abort();
    await running;
    rmSync(dir, { recursive: true });
  });

  const exported = (): Promise<Answer> =>
    cloud.call('exportReadings', { query: { device: 'd1', fromUs: '0', toUs: String(NOW_US) } });

  async function bodyOf(answer: Promise<Answer>): Promise<Readable> {
    const { status, body } = await answer;
    expect(status).toBe(200);
    return must(body instanceof Readable ? body : undefined, 'a body that is read');
  }

  test('a day is read and sent some thousand readings at a time', async () => {
    const counts: number[] = [];
    for await (const piece of await bodyOf(exported()))
      counts.push(
        Buffer.from(piece as Uint8Array)
          .toString()
          .split('\n').length - 1,
      );
    expect(counts.reduce((sum, count) => sum + count)).toBe(BODY_READINGS + 1);
    expect(Math.max(...counts)).toBeLessThanOrEqual(EXPORT_READINGS + 1);
  });

  test('nothing is read for a receiver that takes nothing, and the reader forgets one that leaves', async () => {
    const body = await bodyOf(exported());
    asked.length = 0;
    await once(body, 'readable');
    expect(body.read()).not.toBeNull();
    // whatever was asked ahead is asked, and answered, before these are
    for (let turn = 0; turn < 5; turn++)
      await cloud.call('anomalies', { query: { fromUs: '0', toUs: '1' } });
    const pieces = asked.filter((call) => call === 'exportPiece').length;
    expect(pieces).toBeLessThanOrEqual(2);
    expect(asked).not.toContain('exportEnd');
    body.destroy();
    await once(body, 'close');
    expect(asked.filter((call) => call === 'exportEnd').length).toBe(1);
    expect(asked.filter((call) => call === 'exportPiece').length).toBeLessThanOrEqual(pieces + 1);
  });

  test('beyond a bound an export is asked to come again; one that ends, however, makes room for one', async () => {
    const bodies: Readable[] = [];
    for (let count = 0; count < EXPORTS_MAX; count++) bodies.push(await bodyOf(exported()));
    expect(await exported()).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    const [first, second] = bodies;
    first?.destroy();
    await once(must(first, 'an export'), 'close');
    bodies.push(await bodyOf(exported()));
    expect((await exported()).status).toBe(503);
    const ended = once(must(second, 'an export'), 'close');
    second?.resume();
    await ended;
    bodies.push(await bodyOf(exported()));
    for (const body of bodies) body.destroy();
    await Promise.all(bodies.map((body) => body.closed || once(body, 'close')));
  });
});
