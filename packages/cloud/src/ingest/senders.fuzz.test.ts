/**
 * What agents and the clients of the two originals send, with something in it that is wrong: it is taken whole, with sound
 * columns, or refused by a fault that names a field; never another error.
 */
import { Batch } from '@fernsight/wire';
import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { checkOf } from '../http/check.ts';
import { readWindow } from '../originals/edge.ts';
import { readData } from '../originals/scalable.ts';
import { agentBatch } from '../worker/workerTrial.ts';
import { readBatch } from './agentBatch.ts';
import { ItemFault } from './item.ts';
import { RequestFault } from './requestFault.ts';

const numRuns = inject('torture') ? 1_000_000 : 10_000;
const RECEIVED_US = 1.7e15;

const odd = fc.oneof(
  fc.constantFrom(
    ...[null, '', 'x', '@joint', -1, 0.5, 1e308, 2 ** 53, 4_294_967_296, '2026-13-01', 'a/b'],
    ...[[], {}, true, '\u0000', 'x'.repeat(300), [0, 0], [2, 1]],
  ),
  fc.jsonValue({ maxDepth: 2 }),
);
/** Where something is changed: at each depth one of the members, and whether it is replaced, left out or doubled. */
const change = fc.record({
  path: fc.array(fc.nat(), { minLength: 1, maxLength: 5 }),
  how: fc.constantFrom('replace', 'replace', 'remove', 'double'),
  odd,
});

/** Changes a value of JSON in place. */
function spoil(
  whole: object,
  { path, how, odd: other }: typeof change extends fc.Arbitrary<infer T> ? T : never,
): void {
  let parent: object = whole;
  for (const [depth, step] of path.entries()) {
    const keys = Object.keys(parent);
    const key = keys[step % Math.max(1, keys.length)];
    if (key === undefined) return;
    const member: unknown = Reflect.get(parent, key);
    if (depth < path.length - 1 && typeof member === 'object' && member !== null) {
      parent = member;
      continue;
    }
    if (how === 'replace') Reflect.set(parent, key, structuredClone(other));
    else if (how === 'remove') Reflect.deleteProperty(parent, key);
    else if (Array.isArray(parent)) parent.push(member);
    return;
  }
}

/** @returns a good value with one to three things spoilt, as it comes out of JSON */
const spoilt = (good: () => object) =>
  fc.array(change, { minLength: 0, maxLength: 3 }).map((changes) => {
    const whole = good();
    for (const one of changes) spoil(whole, one);
    return JSON.stringify(whole, (_, value: unknown) => (value === undefined ? null : value));
  });

const stamp = '2026-03-01T00:59:00.123456';

test("an agent's batch", () => {
  const check = checkOf(Batch, 422);
  let taken = 0;
  const good = () => structuredClone(agentBatch(5, [1, 2, 3]));
  fc.assert(
    fc.property(spoilt(good), (text) => {
      try {
        const parcel = readBatch(check(JSON.parse(text)) as Batch, RECEIVED_US);
        const count = parcel.runs.reduce((sum, run) => sum + run.count, 0);
        expect([parcel.tsUs.length, parcel.seq.length]).toEqual([count, count]);
        expect(parcel.value.every(Number.isFinite)).toBe(true);
        expect(parcel.tsUs.every(Number.isSafeInteger)).toBe(true);
        expect(new Set(parcel.seq).size).toBe(count);
        taken++;
      } catch (error) {
        if (!(error instanceof RequestFault)) throw error;
        expect([error.status, error.message]).toEqual([422, expect.stringMatching(/./)]);
      }
    }),
    { numRuns },
  );
  expect(taken).toBeGreaterThan(numRuns / 20);
});

test('the metrics of a device at one time: POST /data', () => {
  const metrics = [
    { type: 'temperature', value: 21.5 },
    { type: 'humidity', value: 40 },
  ];
  const good = () => ({ device_id: 'd', timestamp: stamp, metrics: structuredClone(metrics) });
  fc.assert(
    fc.property(spoilt(good), (text) => {
      try {
        const { parcel } = readData(Buffer.from(text), RECEIVED_US);
        expect(parcel.value.every(Number.isFinite)).toBe(true);
        expect(parcel.tsUs.every(Number.isSafeInteger)).toBe(true);
      } catch (error) {
        if (error instanceof ItemFault) return;
        expect(error).toBeInstanceOf(RequestFault);
      }
    }),
    { numRuns },
  );
});

test('a window summary: POST /metrics', () => {
  const good = () => ({
    ...{ device_id: 'd', window_start: stamp, window_end: stamp },
    ...{ anomaly_count: 1, total_samples: 300, avg_score: 0.1, max_score: 0.9, min_score: 0 },
  });
  fc.assert(
    fc.property(spoilt(good), (text) => {
      const read = readWindow(Buffer.from(text));
      if ('detail' in read) {
        expect(read.detail.length).toBeGreaterThan(0);
        for (const { loc, msg } of read.detail)
          expect([loc[0], msg === '']).toEqual(['body', false]);
        return;
      }
      const { startUs, endUs, sampleCount, anomalyCount, avgScore } = read;
      for (const one of [startUs, endUs, sampleCount, anomalyCount])
        expect(Number.isSafeInteger(one)).toBe(true);
      expect([sampleCount > 0, anomalyCount >= 0, Number.isFinite(avgScore)]).not.toContain(false);
    }),
    { numRuns },
  );
});
