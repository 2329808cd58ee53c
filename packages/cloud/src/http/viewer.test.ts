/** Viewers over real sockets: one that does not read is let go with all that waited for it. */
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { ManualClock, must } from '@fernsight/base';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { VIEWER_BACKLOG_BYTES_MAX } from '../limits.ts';
import { Feed, type Viewer } from '../live/feed.ts';
import { Head } from '../live/head.ts';
import { createOutcome } from '../worker/outcome.ts';
import { plainParcel, START_US } from '../worker/workerTrial.ts';
import { streamTo } from './viewer.ts';

const DEVICES = 4_000;
/** Frames of all devices: several times what the line and the bound hold. */
const FRAMES_MAX = 200;

let app: FastifyInstance;
let feed: Feed;
let head: Head;
let clock: ManualClock;
let holds: boolean;
const clients: Socket[] = [];
beforeEach(async () => {
  clock = new ManualClock(START_US);
  head = new Head({ offlineAfterMs: 60_000, pruneAfterMs: 120_000 }, clock);
  feed = new Feed(head, clock);
  holds = true;
  app = Fastify({ forceCloseConnections: true });
  app.decorateRequest('principal', undefined);
  app.get('/live', (request, reply) => {
    request.principal = { kind: 'local' };
    return streamTo(request, reply, {
      device: undefined,
      open: ({ device, send, end, lastFrame }) => {
        const viewer: Viewer = { device, send, end, holds: () => holds };
        return feed.join(viewer, lastFrame)
          ? { viewer, leave: () => feed.leave(viewer) }
          : undefined;
      },
    });
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await app.close();
});

function takeAll(): void {
  for (let device = 0; device < DEVICES; device++) {
    const reading = { device: `device-${device}`, tsUs: clock.nowUs(), value: 1 };
    const outcome = createOutcome(1);
    outcome.marks[0] = 2;
    outcome.stored = 1;
    head.took(plainParcel([reading], clock.nowUs()), outcome);
  }
}

async function step(): Promise<void> {
  takeAll();
  await clock.advance(1_000);
  feed.tick();
}

/** @returns the server's side of a viewer that reads the first bytes and then nothing */
async function joinAndStopReading(): Promise<Socket> {
  const { port } = app.server.address() as AddressInfo;
  const connecting = once(app.server, 'connection');
  const client = connect(port, '127.0.0.1');
  clients.push(client);
  client.write('GET /live HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await once(client, 'readable');
  const [socket] = (await connecting) as [Socket];
  return socket;
}

test('a viewer that does not read is let go at the bound, and holds neither its connection nor what waited', async () => {
  const socket = await joinAndStopReading();
  const closed = once(socket, 'close');
  for (let frame = 0; frame < FRAMES_MAX && feed.viewerCount > 0; frame++) await step();
  expect(feed.viewerCount).toBe(0);
  await closed;
  expect([socket.destroyed, socket.writableLength]).toEqual([true, 0]);
});

test('so is one whose right is gone while something waits for it', async () => {
  const socket = await joinAndStopReading();
  const closed = once(socket, 'close');
  const waitsBytes = VIEWER_BACKLOG_BYTES_MAX / 2;
  for (let frame = 0; frame < FRAMES_MAX && socket.writableLength < waitsBytes; frame++)
    await step();
  expect(feed.viewerCount).toBe(1);
  holds = false;
  await step();
  await closed;
  expect([feed.viewerCount, socket.destroyed]).toEqual([0, true]);
});

test('one that reads is ended in order', async () => {
  const { port } = app.server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/live`, {
    headers: { 'accept-encoding': 'identity' },
  });
  const reader = must(response.body, 'a stream').getReader();
  await reader.read();
  holds = false;
  await step();
  let isDone = false;
  while (!isDone) isDone = (await reader.read()).done;
  expect(feed.viewerCount).toBe(0);
});
