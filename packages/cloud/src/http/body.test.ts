import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { BODY_BYTES_MAX } from '@fernsight/wire';
import { expect, test } from 'vitest';
import { SMALL_BODY_BYTES } from '../limits.ts';
import { BodyRoom, decompressed, receivedBody } from './body.ts';

const FORM = { contentType: 'application/json', encoding: undefined };

/** A body of which so much has come, and the end has not. */
async function begun(room: BodyRoom, bytes: number) {
  const stream = new PassThrough();
  const received = receivedBody(stream, FORM, room).catch((error: unknown) => error);
  const part = once(stream, 'data');
  stream.write(Buffer.alloc(bytes));
  await part;
  return { stream, received };
}

async function whole(room: BodyRoom, bytes: number) {
  const { stream, received } = await begun(room, bytes);
  stream.end();
  return received;
}

test('large bodies that stall leave room for small ones; others are told to come back', async () => {
  const room = new BodyRoom(1_000_000);
  const stalled = await begun(room, 900_000);
  expect(await whole(room, 300_000)).toMatchObject({
    status: 503,
    headers: { 'retry-after': '1' },
  });
  expect(await whole(room, SMALL_BODY_BYTES)).toHaveLength(SMALL_BODY_BYTES);
  stalled.stream.end();
  expect(await stalled.received).toHaveLength(900_000);
  expect(await whole(room, 300_000)).toHaveLength(300_000);
});

const reset = (stream: PassThrough) => stream.destroy(new Error('reset'));
const end = (stream: PassThrough) => stream.end();

test.each([
  { what: 'ended early', bytes: 900_000, status: 400, over: reset },
  { what: 'was too large', bytes: BODY_BYTES_MAX + 1, status: 413, over: end },
])('a body that $what gives its room back', async ({ bytes, status, over }) => {
  const room = new BodyRoom(BODY_BYTES_MAX);
  const { stream, received } = await begun(room, bytes);
  over(stream);
  expect(await received).toMatchObject({ status });
  expect(await whole(room, BODY_BYTES_MAX)).toHaveLength(BODY_BYTES_MAX);
});

test('a body that is encoded as nothing is plain, however that is written', async () => {
  const bytes = Buffer.from('{}');
  for (const encoding of ['identity', 'Identity', ''])
    expect(await decompressed(bytes, { ...FORM, encoding })).toBe(bytes);
});
