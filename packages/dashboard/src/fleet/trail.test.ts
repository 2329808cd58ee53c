import { describe, expect, it } from 'vitest';
import { TRAIL_BUCKETS, TRAIL_SPAN_US, TRAILS_MAX } from '../limits.ts';
import { BUCKET_US, Trail, Trails } from './trail.ts';

const START = 1_700_000_000_000_000 - (1_700_000_000_000_000 % BUCKET_US);
const calm = (value: number) => ({ min: value, max: value, alarm: false });

describe('a trail', () => {
  it('keeps the extremes and the alarm of each bucket, in order', () => {
    const trail = new Trail();
    trail.add(START + BUCKET_US, calm(5));
    for (const value of [3, 1, 2]) trail.add(START, calm(value));
    trail.add(START, { min: 9, max: 9, alarm: true });
    trail.add(START, calm(2));
    const bucket = START / BUCKET_US;
    expect(trail.buckets(START + BUCKET_US)).toEqual([
      { bucket, min: 1, max: 9, alarm: true },
      { bucket: bucket + 1, min: 5, max: 5, alarm: false },
    ]);
  });

  it('forgets what is an hour old, and takes nothing older than it holds', () => {
    const trail = new Trail();
    trail.add(START, calm(1));
    trail.add(START + TRAIL_SPAN_US, calm(2));
    trail.add(START, calm(3));
    expect(trail.buckets(START + TRAIL_SPAN_US).map(({ max }) => max)).toEqual([2]);
    expect(trail.buckets(START + 2 * TRAIL_SPAN_US)).toEqual([]);
  });

  it('counts the jumps of live readings, which the server may fill, and not those of its history', () => {
    const trail = new Trail();
    trail.addLive(START, calm(1));
    const before = trail.jumps;
    trail.addLive(START + 2 * BUCKET_US, calm(1));
    expect(trail.jumps).toBe(before);
    trail.add(START + 12 * BUCKET_US, calm(1));
    trail.addLive(START + 13 * BUCKET_US, calm(1));
    expect(trail.jumps).toBe(before);
    trail.addLive(START + 40 * BUCKET_US, calm(1));
    expect(trail.jumps).toBe(before + 1);
  });

  it('never shows more than its buckets', () => {
    const trail = new Trail();
    for (let step = 0; step < 3 * TRAIL_BUCKETS; step++)
      trail.add(START + step * BUCKET_US, calm(step));
    expect(trail.buckets(START + 3 * TRAIL_BUCKETS * BUCKET_US - 1)).toHaveLength(TRAIL_BUCKETS);
  });
});

describe('trails', () => {
  const live = (trails: Trails, sensor: string, alarm: boolean) =>
    trails.add('d', sensor, { tsUs: START, value: 1, alarm });
  const isHeld = (trails: Trails, sensor: string) =>
    trails.get('d', sensor).buckets(START).length > 0;

  it('drop the one that was looked at least recently, and live alarms push out nobody', () => {
    const trails = new Trails();
    for (let index = 0; index < TRAILS_MAX; index++) live(trails, String(index), true);
    live(trails, 'beyond', true);
    expect(isHeld(trails, '0')).toBe(true);
    expect(isHeld(trails, 'beyond')).toBe(false);
    expect(isHeld(trails, '1')).toBe(false);
    expect(isHeld(trails, '0')).toBe(true);
  });

  it('are kept of what is looked at or in alarm, not of all that comes in', () => {
    const trails = new Trails();
    trails.get('d', 'open');
    for (const sensor of ['open', 'other']) live(trails, sensor, false);
    expect(isHeld(trails, 'open')).toBe(true);
    expect(isHeld(trails, 'other')).toBe(false);
  });
});
