import type { FleetFrame } from '@fernsight/wire';
import { describe, expect, it } from 'vitest';
import { RETRY_MS_MAX, SILENCE_MS_MAX } from '../limits.ts';
import { Feed } from './feed.ts';
import { FakeMachine } from './machineFake.ts';

const noTotals = {
  deviceCount: 0,
  onlineCount: 0,
  seriesCount: 0,
  readingCount: 0,
  readingsPerSecond: 0,
};
const frame: FleetFrame = {
  frame: 1,
  nowUs: 1,
  totals: { ...noTotals, anomaliesHour: 0, anomaliesDay: 0, alarmsHour: 0, alarmsDay: 0 },
  devices: [],
  gone: [],
  anomalies: [],
};
const text = (id: number) =>
  `id: ${id}\nevent: fleet\ndata: ${JSON.stringify({ ...frame, frame: id })}\n\n`;

const part = (id: number) =>
  `event: fleet\ndata: ${JSON.stringify({ ...frame, frame: id, more: true })}\n\n`;
/** What a stream hands on without the clock. */
const settled = () => new Promise((done) => setImmediate(done));

async function withFeed(
  work: (machine: FakeMachine, feed: Feed, frames: number[]) => Promise<void>,
): Promise<void> {
  const machine = new FakeMachine();
  const frames: number[] = [];
  const take = (data: FleetFrame) => frames.push(data.frame);
  const feed = new Feed(machine, { reset: take, fleet: take, device: () => undefined });
  const stop = new AbortController();
  const running = feed.run(stop.signal);
  await machine.clock.advance(0);
  await work(machine, feed, frames);
  stop.abort();
  await machine.clock.advance(0);
  await running;
}

describe('the live line', () => {
  it('is live from the first byte, and hands on each frame', () =>
    withFeed(async (machine, feed, frames) => {
      expect(feed.connection.value.state).toBe('connecting');
      machine.lines[0]?.send(': hello\n\n');
      await machine.clock.advance(0);
      expect(feed.connection.value.state).toBe('live');
      machine.lines[0]?.send(text(4) + text(5));
      await machine.clock.advance(0);
      expect(frames).toEqual([4, 5]);
    }));

  it('takes a frame in parts, with a turn for the browser between two, and comes back to whole frames only', () =>
    withFeed(async (machine, feed, frames) => {
      machine.lines[0]?.send(text(4) + part(5) + text(5));
      await settled();
      expect(frames).toEqual([4, 5]);
      await machine.clock.advance(1);
      expect(frames).toEqual([4, 5, 5]);
      machine.lines[0]?.send(part(6));
      await settled();
      feed.watch('pump 1');
      await machine.clock.advance(0);
      expect(machine.lines[1]?.headers.get('last-event-id')).toBe('5');
    }));

  it('comes back after the line has ended, with the id of the last frame', () =>
    withFeed(async (machine, feed, frames) => {
      machine.lines[0]?.send(text(4));
      machine.lines[0]?.end();
      await machine.clock.advance(0);
      expect(feed.connection.value.state).toBe('waiting');
      await machine.clock.advance(RETRY_MS_MAX);
      machine.lines[1]?.send(text(5));
      await machine.clock.advance(0);
      expect(machine.lines[1]?.headers.get('last-event-id')).toBe('4');
      expect(feed.connection.value.state).toBe('live');
      expect(frames).toEqual([4, 5]);
    }));

  it('waits longer after each failure, and never longer than the bound', () =>
    withFeed(async (machine, feed) => {
      machine.isDown = true;
      machine.lines[0]?.end();
      const waits: number[] = [];
      for (let attempt = 0; attempt < 9; attempt++) {
        await machine.clock.advance(0);
        const { value } = feed.connection;
        if (value.state !== 'waiting') throw new Error(value.state);
        const waitMs = (value.retryAtUs - machine.nowUs()) / 1000;
        waits.push(waitMs);
        await machine.clock.advance(waitMs);
      }
      expect(waits[1]).toBeGreaterThan(waits[0] ?? 0);
      expect(Math.max(...waits)).toBeLessThanOrEqual(RETRY_MS_MAX);
      expect(waits.at(-1)).toBeGreaterThanOrEqual(RETRY_MS_MAX / 2);
    }));

  it('takes a silent line for dead, and a quiet one with signs of life for alive', () =>
    withFeed(async (machine, feed) => {
      for (let beat = 0; beat < 5; beat++) {
        machine.lines[0]?.send(': alive\n\n');
        await machine.clock.advance(SILENCE_MS_MAX / 2);
      }
      expect(machine.lines).toHaveLength(1);
      expect(feed.connection.value.state).toBe('live');
      await machine.clock.advance(SILENCE_MS_MAX * 2);
      expect(machine.lines[0]?.isCut).toBe(true);
      expect(machine.lines.length).toBeGreaterThan(1);
    }));

  it('says that the server asks for sign-in', () =>
    withFeed(async (machine, feed) => {
      machine.refusal = 401;
      machine.lines[0]?.end();
      await machine.clock.advance(RETRY_MS_MAX);
      expect(feed.connection.value).toMatchObject({ reason: 'The server asks for sign-in.' });
    }));

  it('is tried again at once when somebody asks for it, and not a second time by itself', () =>
    withFeed(async (machine, feed) => {
      machine.isDown = true;
      machine.lines[0]?.end();
      await machine.clock.advance(RETRY_MS_MAX);
      expect(feed.connection.value.state).toBe('waiting');
      machine.isDown = false;
      feed.retry();
      await machine.clock.advance(0);
      machine.lines[1]?.send(text(8));
      await machine.clock.advance(0);
      expect(feed.connection.value.state).toBe('live');
      await machine.clock.advance(SILENCE_MS_MAX / 2);
      expect(machine.lines).toHaveLength(2);
    }));

  it('reopens at once for another device, from where it was', () =>
    withFeed(async (machine, feed) => {
      machine.lines[0]?.send(text(7));
      await machine.clock.advance(0);
      feed.watch('pump 1');
      await machine.clock.advance(0);
      expect(machine.lines[0]?.isCut).toBe(true);
      expect(machine.lines[1]?.url).toBe('/api/v1/live?device=pump+1');
      expect(machine.lines[1]?.headers.get('last-event-id')).toBe('7');
    }));
});
