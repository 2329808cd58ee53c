import { ManualClock } from '@fernsight/base';
import type { FleetDevice } from '@fernsight/wire';
import { beforeEach, describe, expect, test } from 'vitest';
import { FRAME_DEVICES_MAX, FRAMES_BYTES_MAX, FRAMES_KEPT } from '../limits.ts';
import { createOutcome } from '../worker/outcome.ts';
import { plainParcel, START_US } from '../worker/workerTrial.ts';
import { Feed, type Viewer } from './feed.ts';
import { Head } from './head.ts';

let head: Head;
let feed: Feed;
let clock: ManualClock;
beforeEach(() => {
  clock = new ManualClock(START_US);
  head = new Head({ offlineAfterMs: 60_000, pruneAfterMs: 120_000 }, clock);
  feed = new Feed(head, clock);
});

function take(device: string): void {
  const parcel = plainParcel([{ device, tsUs: START_US, value: 1 }], clock.nowUs());
  const outcome = createOutcome(1);
  outcome.marks[0] = 2;
  outcome.stored = 1;
  head.took(parcel, outcome);
}

function viewer(): Viewer & {
  readonly texts: string[];
  readonly frames: () => number[];
  holding: boolean;
  ended: boolean;
} {
  const texts: string[] = [];
  return {
    device: undefined,
    texts,
    holding: true,
    ended: false,
    frames: () =>
      texts.flatMap((text) => /^id: (\d+)\nevent: fleet/m.exec(text)?.[1] ?? []).map(Number),
    send: ({ plain }) => {
      texts.push(plain.toString());
      return 0;
    },
    holds() {
      return this.holding;
    },
    end() {
      this.ended = true;
    },
  };
}

const step = async (device?: string) => {
  if (device !== undefined) take(device);
  await clock.advance(1_000);
  feed.tick();
};

describe('the live feed', () => {
  test('sends what changed, to all the same text', async () => {
    const [one, two] = [viewer(), viewer()];
    feed.join(one, undefined);
    feed.join(two, undefined);
    await step('a');
    await step();
    expect(one.texts).toEqual(two.texts);
    expect(one.frames().length).toBe(1);
    expect(one.texts[1]).toMatch(/"device":"a"/);
  });

  test('gives a viewer that comes back the frames it missed, once each', async () => {
    const first = viewer();
    feed.join(first, undefined);
    for (const device of ['a', 'b', 'c']) await step(device);
    const [, second, third] = first.frames();
    const again = viewer();
    feed.join(again, first.frames()[0]);
    expect(again.frames()).toEqual([second, third]);
  });

  test('gives the whole fleet to one that comes back too late', async () => {
    const first = viewer();
    feed.join(first, undefined);
    for (let count = 0; count < FRAMES_KEPT + 3; count++) await step('a');
    const again = viewer();
    feed.join(again, first.frames()[0]);
    expect(again.texts[0]).toMatch(/event: reset/);
  });

  test('keeps no more than its bound of bytes', async () => {
    const watching = viewer();
    feed.join(watching, undefined);
    for (let device = 0; device < 4_000; device++) take(`device-${device}`);
    await step();
    const size = watching.texts[watching.texts.length - 1]?.length ?? 0;
    const frames = Math.ceil(FRAMES_BYTES_MAX / size) + 2;
    for (let count = 0; count < frames; count++) {
      for (let device = 0; device < 4_000; device++) take(`device-${device}`);
      await step();
    }
    const again = viewer();
    feed.join(again, watching.frames()[0]);
    expect(again.texts[0]).toMatch(/event: reset/);
  });

  test('sends a large fleet in parts of one number, of which the last is where to come back to', () => {
    const names = Array.from({ length: 2 * FRAME_DEVICES_MAX + 1 }, (_, at) => `device-${at}`);
    names.forEach(take);
    const watching = viewer();
    feed.join(watching, undefined);
    const events = watching.texts.join('').split('\n\n').filter(Boolean);
    const parts = events.map((event) => JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? ''));
    expect(parts.map(({ devices }) => devices.length)).toEqual([
      FRAME_DEVICES_MAX,
      FRAME_DEVICES_MAX,
      1,
    ]);
    expect(parts.map(({ more }) => more)).toEqual([true, true, undefined]);
    expect(new Set(parts.map(({ frame }) => frame)).size).toBe(1);
    const shown = parts.flatMap(({ devices }) => devices.map(({ device }: FleetDevice) => device));
    expect(shown.sort()).toEqual(names.sort());
    expect(events.map((event) => /^id: /.test(event))).toEqual([false, false, true]);
  });

  test('goes on after nobody watched for long, with silences still told', async () => {
    take('a');
    for (let count = 0; count < 70; count++) await step();
    expect(head.takeSilences()).toMatchObject([{ device: 'a', silent: true }]);
    const late = viewer();
    feed.join(late, undefined);
    expect(late.texts[0]).toMatch(/"status":"offline"/);
    await step('b');
    expect(late.frames().length).toBe(1);
  });

  test.each(['a', undefined])('ends a viewer whose right is gone, news: %s', async (news) => {
    const guest = viewer();
    feed.join(guest, undefined);
    const told = guest.texts.length;
    guest.holding = false;
    await step(news);
    expect([guest.ended, feed.viewerCount, guest.texts.length]).toEqual([true, 0, told]);
  });
});
