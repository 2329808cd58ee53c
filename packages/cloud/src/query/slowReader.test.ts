/** The bytes of a reply are freed once they are sent: no sooner, however slowly they are taken. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CloudTrial, openCloud } from '../cloudTrial.ts';

const FROM_US = Date.UTC(2026, 2, 1) * 1_000;
const READINGS = 3_600;
const QUESTIONS = 40;

let trial: CloudTrial;
beforeAll(async () => {
  trial = await openCloud();
});
afterAll(async () => {
  await trial.end();
});

test('replies that a client leaves in the line for long are whole', async () => {
  const tsUs = Array.from({ length: READINGS }, (_, row) => FROM_US + row * 1e6);
  const value = tsUs.map((_, row) => (row * 7919) % 1000);
  const columns = [{ device: 'd1', sensor: 'flow', tsUs, value }];
  expect((await trial.post('/api/v1/readings', { columns })).status).toBe(202);
  const { hostname, port } = new URL(trial.cloud.url);
  const path = `/api/v1/history?device=d1&sensor=flow&fromUs=${FROM_US}&toUs=${FROM_US + READINGS * 1e6}&points=4000`;
  const socket = connect(Number(port), hostname);
  const head = (close: string) => `GET ${path} HTTP/1.1\r\nhost: ${hostname}\r\n${close}\r\n`;
  // more than the line holds: while nothing is read, most of it waits in the server
  socket.pause();
  socket.write(head('').repeat(QUESTIONS - 1) + head('connection: close\r\n'));
  await trial.get(path);
  let text = '';
  socket.setEncoding('utf8').on('data', (piece) => (text += piece));
  socket.resume();
  await once(socket, 'end');
  const bodies = text.split(/HTTP\/1\.1 200 OK\r\n(?:[^\r]+\r\n)*\r\n/).slice(1);
  expect(bodies.length).toBe(QUESTIONS);
  for (const body of bodies) expect(JSON.parse(body).mean).toEqual(value);
});
