/**
 * Every parser that reads what strangers send: whatever comes, there is a parcel with sound columns, or a RequestFault
 * with a status of 4xx; never another error, never a value that is not finite.
 */
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, inject, test } from 'vitest';
import { decompressed } from '../http/body.ts';
import type { Intake } from './columns.ts';
import { readJson, readNdjson } from './json.ts';
import { readLines } from './lineProtocol.ts';
import { locateFault } from './locateFault.ts';
import { parseJson } from './parseJson.ts';
import { RequestFault } from './requestFault.ts';

const numRuns = inject('torture') ? 1_000_000 : 10_000;
const RECEIVED_US = 1.7e15;

function isSound({ parcel, places, errors }: Intake): void {
  const count = parcel.runs.reduce((sum, run) => sum + run.count, 0);
  expect([parcel.tsUs.length, parcel.value.length, places.length]).toEqual([count, count, count]);
  expect(parcel.value.every(Number.isFinite)).toBe(true);
  expect(parcel.tsUs.every((tsUs) => Number.isSafeInteger(tsUs))).toBe(true);
  for (const { at, message } of errors.list())
    expect(typeof at + message.length).not.toBe('string0');
}

function read(parse: (bytes: Buffer) => Intake, text: string): void {
  try {
    isSound(parse(Buffer.from(text)));
  } catch (error) {
    if (!(error instanceof RequestFault)) throw error;
    expect(error.status).toBeGreaterThanOrEqual(400);
    expect(error.status).toBeLessThan(500);
  }
}

const odd = fc.oneof(
  fc.constantFrom(
    null,
    '',
    'x',
    -1,
    1e308,
    Number.POSITIVE_INFINITY,
    '2026-01-01',
    '2026-13-01',
    1.7e9,
    {},
    [],
    true,
    'a/b',
    '\u0000',
  ),
  fc.jsonValue(),
);
const field = (good: string | number) => fc.oneof(fc.constant(good), odd);
const row = fc.record(
  {
    device: field('d'),
    sensor: field('s'),
    value: field(1),
    time: field('2026-01-01T00:00:00Z'),
    type: field('t'),
    unit: odd,
  },
  { requiredKeys: [] },
);
const column = fc.record({
  device: field('d'),
  sensor: field('s'),
  tsUs: fc.oneof(fc.array(fc.oneof(fc.integer(), odd), { maxLength: 4 }), odd),
  value: fc.oneof(fc.array(fc.oneof(fc.double(), odd), { maxLength: 4 }), odd),
});
const body = fc.oneof(
  fc.record({ rows: fc.oneof(fc.array(row, { maxLength: 4 }), odd) }),
  fc.record({ columns: fc.oneof(fc.array(column, { maxLength: 3 }), odd) }),
  fc.jsonValue(),
);
/** A text that was cut, or in which a character was changed. */
const damaged = (texts: fc.Arbitrary<string>) =>
  fc
    .tuple(texts, fc.nat(), fc.option(fc.string({ maxLength: 2 }), { freq: 2 }))
    .map(([text, at, piece]) => {
      const index = at % (text.length + 1);
      return piece === null ? text : text.slice(0, index) + piece + text.slice(index + 1);
    });
const part = fc.stringMatching(/^[a-z"=, \\0-9.-]{0,8}$/);
const line = fc.oneof(
  fc
    .tuple(part, part, part, part)
    .map(([name, tag, value, stamp]) => `${name},device=${tag} f=${value} ${stamp}`),
  fc.tuple(fc.double(), fc.integer()).map(([value, stamp]) => `m,device=d v=${value} ${stamp}`),
  fc.string(),
);

describe('whatever is sent', () => {
  test('as JSON', () => {
    const texts = damaged(body.map((value) => JSON.stringify(value) ?? ''));
    fc.assert(
      fc.property(texts, (text) => read((bytes) => readJson(bytes, RECEIVED_US), text)),
      { numRuns },
    );
  });

  test('as NDJSON', () => {
    const texts = damaged(
      fc
        .array(row, { maxLength: 4 })
        .map((rows) => rows.map((one) => JSON.stringify(one)).join('\n')),
    );
    fc.assert(
      fc.property(texts, (text) => read((bytes) => readNdjson(bytes, RECEIVED_US), text)),
      { numRuns },
    );
  });

  test('as line protocol', () => {
    const texts = damaged(fc.array(line, { maxLength: 4 }).map((lines) => lines.join('\n')));
    const options = fc.constantFrom('ns', 'us', 'ms', 's' as const);
    fc.assert(
      fc.property(texts, options, (text, precision) => {
        read(
          (bytes) => readLines(bytes, { receivedUs: RECEIVED_US, precision: precision as 'ns' }),
          text,
        );
      }),
      { numRuns },
    );
  });

  test('as a compressed body', async () => {
    const text = JSON.stringify({ rows: [{ device: 'd', sensor: 's', value: 1 }] });
    const whole = new Map<string, Uint8Array>([
      ['gzip', gzipSync(text)],
      ['deflate', deflateSync(text)],
      ['br', brotliCompressSync(text)],
      ['zstd', zstdCompressSync(text)],
    ]);
    const names = ['gzip', 'zstd', 'br', 'deflate', 'identity', 'x', '__proto__', 'constructor'];
    const changed = fc.record({ at: fc.nat(80), byte: fc.nat(255), length: fc.nat(120) });
    const body = fc
      .tuple(fc.constantFrom(...names), changed, fc.uint8Array({ maxLength: 40 }))
      .map(([encoding, { at, byte, length }, other]) => {
        const bytes = Buffer.from(whole.get(encoding) ?? other);
        if (at < bytes.length) bytes[at] = byte;
        return { encoding, bytes: bytes.subarray(0, length) };
      });
    await fc.assert(
      fc.asyncProperty(body, async ({ encoding, bytes }) => {
        try {
          await decompressed(bytes, { contentType: undefined, encoding });
        } catch (error) {
          if (!(error instanceof RequestFault)) throw error;
        }
      }),
      { numRuns },
    );
  });

  test('the locator finds a fault wherever JSON.parse does, and ends', () => {
    const texts = damaged(fc.json());
    fc.assert(
      fc.property(texts, (text) => {
        try {
          JSON.parse(text);
        } catch {
          expect(locateFault(text).detail).not.toBe('');
        }
      }),
      { numRuns },
    );
  });
});

describe('a bare NaN', () => {
  test('is named by its path', () => {
    const text =
      '{"rows":[{"device":"a","sensor":"b","value":1},{"device":"a","sensor":"b","value":NaN}]}';
    expect(() => parseJson(Buffer.from(text))).toThrow(/at \/rows\/1\/value NaN stands/);
  });
});
