/** The end of a server: what was begun is answered, what comes later is sent elsewhere, and nobody holds it up for ever. */
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { openCloud } from '../cloudTrial.ts';
import { STOP_GRACE_MS } from './underWay.ts';

const BODY = '{"rows":[{"device":"d","sensor":"s","value":1}]}';

/** A request whose head has arrived and whose body has not. */
async function begin(url: string) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).setEncoding('utf8');
  let heard = '';
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(heard)));
  socket.on('error', (error) => {
    heard += error.message;
  });
  const admitted = new Promise<void>((resolve) =>
    socket.on('data', (text) => {
      heard += text;
      resolve();
    }),
  );
  socket.write(
    `POST /api/v1/readings HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\n` +
      `content-length: ${BODY.length}\r\nexpect: 100-continue\r\n\r\n`,
  );
  await admitted;
  return { socket, closed };
}

/** Asks until it is no longer served: 503, or nobody listens. */
async function untilClosing(url: string): Promise<void> {
  for (;;) {
    try {
      if (!(await fetch(`${url}/livez`)).ok) return;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      return;
    }
  }
}

test('a request that had begun when the server was told to end is stored and answered', async () => {
  const trial = await openCloud();
  const { socket, closed } = await begin(trial.cloud.url);
  const ended = trial.end();
  await untilClosing(trial.cloud.url);
  socket.write(BODY);
  expect(await closed).toMatch(/HTTP\/1\.1 202 Accepted[\s\S]*"accepted":1/);
  await ended;
});

test('a sender that stalls holds the end up for some seconds alone', async () => {
  const trial = await openCloud();
  const { closed } = await begin(trial.cloud.url);
  const ended = trial.end();
  await untilClosing(trial.cloud.url);
  await trial.clock.advance(STOP_GRACE_MS);
  expect(await closed).not.toMatch(/202/);
  await ended;
});
