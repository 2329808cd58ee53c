import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { testNotice } from '../incidents/notice.ts';
import { DeliveryFault } from './deliveryFault.ts';
import { retryAfterMs, send } from './send.ts';

const notice = { ...testNotice(1_800_000_000_000_000), id: 7 };

async function receiver(status: number) {
  const heard: { url: string | undefined; authorization: string | undefined }[] = [];
  const server = createServer(({ url, headers }, response) => {
    heard.push({ url, authorization: headers.authorization });
    response.writeHead(status, { location: '/elsewhere' }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return { place: `127.0.0.1:${port}`, heard, close: () => server.close() };
}

const deliver = (url: string) =>
  send({
    channel: { id: 1, name: 'x', target: { kind: 'alertmanager', url }, signingSecret: null },
    notice,
    nowUs: 0,
    signal: new AbortController().signal,
  });

it('name and password of an address become a header', async () => {
  const { place, heard, close } = await receiver(200);
  expect(await deliver(`http://anna:p%40ss@${place}/`)).toBe('answered 200');
  const authorization = `Basic ${Buffer.from('anna:p@ss').toString('base64')}`;
  expect(heard).toEqual([{ url: '/api/v2/alerts', authorization }]);
  close();
});

it('goes where it was sent and no further', async () => {
  const { place, heard, close } = await receiver(307);
  const failed = await deliver(`http://${place}`).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(DeliveryFault);
  expect(String(failed)).toContain('answered 307');
  expect(heard).toHaveLength(1);
  close();
});

it.each(['http://anna:hunter2@127.0.0.1:1/planted', 'http://hunter2.invalid:25/planted'])(
  'a failure repeats nothing of %s',
  async (url) => {
    const failed = await deliver(url).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(DeliveryFault);
    expect(String(failed)).not.toMatch(/hunter2|planted/);
  },
);

it.each([
  ['120', 120_000],
  ['Wed, 07 Jan 2026 00:02:00 GMT', 120_000],
  ['Tuesday, 06-Jan-26 23:00:00 GMT', 0],
  ['Fri, 09 Jan 2026 00:00:00 GMT', 3_600_000],
  ['1000000', 3_600_000],
  ['soon', 0],
  [null, 0],
])('a receiver that answers Retry-After %s is left alone for %d ms', (header, waitMs) => {
  expect(retryAfterMs(header, Date.UTC(2026, 0, 7) * 1_000)).toBe(waitMs);
});
