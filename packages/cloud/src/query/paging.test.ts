/** Pages by cursor: what was there is shown once and in order, whatever comes between two pages. */
import type { AnomaliesReply, FleetReply } from '@fernsight/wire';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CloudTrial, NOW_US, openCloud } from '../cloudTrial.ts';
import { waveAt } from '../worker/workerTrial.ts';

let trial: CloudTrial;
beforeAll(async () => {
  trial = await openCloud();
});
afterAll(() => trial.end());

const READINGS = 400;
const FIRST_US = NOW_US - 3_600e6;

/** A wave with a spike at every twentieth reading once it is known. */
async function sendSpikes(device: string, fromUs: number): Promise<void> {
  const rows = Array.from({ length: READINGS }, (_, row) => row);
  const column = {
    device,
    sensor: 's',
    tsUs: rows.map((row) => fromUs + row * 1e6),
    value: rows.map((row) => waveAt(row) + (row > 100 && row % 20 === 0 ? 500 : 0)),
  };
  expect((await trial.post('/api/v1/readings', { columns: [column] })).status).toBe(202);
}

/** Reads page after page, and does something between each two. */
async function readAll<Page extends { readonly next?: string }>(
  path: string,
  between: (page: number) => Promise<void>,
): Promise<Page[]> {
  const pages: Page[] = [];
  for (let cursor = ''; ; ) {
    const { status, body } = await trial.get(`${path}${cursor}`);
    expect(status).toBe(200);
    const page = body as Page;
    pages.push(page);
    if (page.next === undefined) return pages;
    await between(pages.length);
    cursor = `&cursor=${encodeURIComponent(page.next)}`;
  }
}

test('of anomalies: newest first, each once, while newer and older ones come in', async () => {
  // Two devices with the same stamps: a cursor between equal stamps must neither skip nor repeat.
  await sendSpikes('a', FIRST_US);
  await sendSpikes('b', FIRST_US);
  const key = ({ device, tsUs }: { device: string; tsUs: number }) => `${tsUs} ${device}`;
  const [whole] = await readAll<AnomaliesReply>('/api/v1/anomalies?limit=1000', async () => {});
  const before = whole?.anomalies.map(key) ?? [];
  expect(before.length).toBeGreaterThan(10);
  const pages = await readAll<AnomaliesReply>('/api/v1/anomalies?limit=3', async (page) => {
    if (page === 2) await sendSpikes('newer', FIRST_US + 1_800e6);
    if (page === 3) await sendSpikes('older', FIRST_US - 1_800e6);
  });
  const seen = pages.flatMap(({ anomalies }) => anomalies);
  expect(pages.slice(0, -1).every(({ anomalies }) => anomalies.length === 3)).toBe(true);
  expect(seen.filter(({ device }) => 'ab'.includes(device)).map(key)).toEqual(before);
  expect(new Set(seen.map(key)).size).toBe(seen.length);
  expect(seen.some(({ device }) => device === 'newer')).toBe(false);
  expect(seen.some(({ device }) => device === 'older')).toBe(true);
  const stamps = seen.map(({ tsUs }) => tsUs);
  expect(stamps).toEqual(stamps.toSorted((one, other) => other - one));
});

test('of the fleet: by name, each once, while devices come in before and behind the cursor', async () => {
  const names = Array.from({ length: 25 }, (_, index) => `fleet-${String(index).padStart(2, '0')}`);
  const send = async (all: readonly string[]): Promise<void> => {
    const rows = all.map((device) => ({ device, sensor: 's', value: 1 }));
    expect((await trial.post('/api/v1/readings', { rows })).status).toBe(202);
  };
  await send(names);
  const pages = await readAll<FleetReply>('/api/v1/fleet?limit=7', async (page) => {
    if (page === 2) await send(['00-first', 'zz-last']);
  });
  const seen = pages.flatMap(({ devices }) => devices.map(({ device }) => device));
  expect(seen.filter((name) => name.startsWith('fleet-'))).toEqual(names);
  expect(seen.at(-1)).toBe('zz-last');
  expect(seen).not.toContain('00-first');
  expect(seen).toEqual(seen.toSorted());
});

test.each(['/api/v1/anomalies?cursor=x', '/api/v1/anomalies?limit=0', '/api/v1/fleet?limit=x'])(
  '%s is a 400 that says what is wrong',
  async (path) => {
    const { status, body } = await trial.get(path);
    expect(status).toBe(400);
    expect(body).toMatchObject({ detail: expect.stringMatching(/cursor|limit/) });
  },
);
