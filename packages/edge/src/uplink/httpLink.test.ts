import { createServer } from 'node:http';
import type { Batch } from '@fernsight/wire/agent';
import { expect, it } from 'vitest';
import { createHttpLink, replyOf } from './httpLink.ts';
import { LinkError } from './link.ts';

function kindOf(status: number, type: string, body: string): [string, string | undefined] {
  try {
    replyOf({ status, headers: { 'content-type': type }, body }, 'http://here');
  } catch (error) {
    if (error instanceof LinkError) return [error.kind, error.hint];
    throw error;
  }
  return ['reply', undefined];
}

const PROBLEM = JSON.stringify({ title: 'Unprocessable Entity', detail: 'no' });

it.each([
  [400, 'refused'],
  [409, 'refused'],
  [413, 'tooLarge'],
  [422, 'refused'],
])('a batch is given up for %i only where the cloud says so', (status, kind) => {
  expect(kindOf(status, 'application/problem+json', PROBLEM)).toEqual([kind, undefined]);
  const strange = ['garbage', 'is http://here a Fernsight cloud?'];
  expect(kindOf(status, 'text/html', '<html>plain HTTP on a TLS port</html>')).toEqual(strange);
  expect(kindOf(status, 'application/json', '{"detail":"no"}')).toEqual(strange);
});

it.each([
  [401, 'denied'],
  [429, 'busy'],
  [503, 'busy'],
  [502, 'unreachable'],
])('%i of whoever it is means wait', (status, kind) => {
  expect(kindOf(status, 'text/html', '')).toEqual([kind, undefined]);
  // what calls itself JSON and is none: its status, and its Retry-After, stand all the same
  expect(kindOf(status, 'application/json', '<html>')).toEqual([kind, undefined]);
});

it('an encoding that somebody on the way refuses is given up for another, whatever the cloud says of itself', async () => {
  const asked: string[] = [];
  let taken = ['zstd', 'gzip', 'identity'];
  const server = createServer((request, response) => {
    const { 'content-encoding': encoding = 'identity' } = request.headers;
    asked.push(encoding);
    const status = taken.includes(encoding) ? 200 : 415;
    const headers = { 'content-type': 'application/json', 'accept-encoding': 'gzip, zstd' };
    const reply = { status: 'stored', stored: 0, duplicates: 0, serverUs: 0, models: [] };
    request
      .resume()
      .on('end', () => response.writeHead(status, headers).end(JSON.stringify(reply)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const link = createHttpLink({ url: `http://127.0.0.1:${port}`, device: 'pump' });
  const sensors = Array.from({ length: 100 }, (_, index) => ({ sensor: `sensor ${index}` }));
  const batch: Batch = {
    agent: 'pump',
    epoch: '1',
    lane: 'live',
    seqFirst: 0,
    seqCount: 0,
    announce: [{ device: 'pump', sensors }],
    ...{ series: [], joint: [], thinned: [], gone: [], summaries: [] },
    status: { version: '0', outboxReadings: 0, outboxBytes: 0, clockUs: 0, taken: [] },
  };
  const { signal } = new AbortController();
  const exchange = () => link.exchange(batch, signal);
  await exchange();
  await exchange();
  taken = ['gzip', 'identity'];
  await exchange();
  await exchange();
  taken = ['identity'];
  await exchange();
  await exchange();
  link.close?.();
  await new Promise((resolve) => server.close(resolve));
  const last = ['gzip', 'identity', 'identity'];
  expect(asked).toEqual(['gzip', 'zstd', 'zstd', 'gzip', 'gzip', ...last]);
});
