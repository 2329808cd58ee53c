import type { FleetDevice } from '@fernsight/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellAt, cellCorner, groupDevices, layOutMap, moveCell } from './mapLayout.ts';

function devices(count: number, site?: string): FleetDevice[] {
  return Array.from({ length: count }, (_, index) => ({
    device: `${site}-${index}`,
    ...(site === undefined ? {} : { site }),
    judge: 'cloud',
    status: 'online',
    seenUs: 0,
    anomalyCount: 0,
    sensors: [],
  }));
}

const room = { width: 1200, heightMax: 260, scale: 1 };

describe('the map', () => {
  it('gives every device a cell of its own, and a point in the cell leads back to it', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 300, max: 2000 }), (counts, width) => {
        const groups = counts.map((count, index) => ({
          name: `g${index}`,
          devices: devices(count),
        }));
        const layout = layOutMap(groups, { ...room, width });
        const seen = new Set<string>();
        counts.forEach((count, group) => {
          for (const index of [0, count >> 1, count - 1]) {
            const { x, y } = cellCorner(layout, { group, index });
            expect(x + layout.pitch).toBeLessThanOrEqual(width);
            expect(cellAt(layout, x + 1, y + 1)).toEqual({ group, index });
            seen.add(`${x}/${y}`);
          }
        });
        const distinct = counts.reduce(
          (sum, count) => sum + new Set([0, count >> 1, count - 1]).size,
          0,
        );
        expect(seen.size).toBe(distinct);
      }),
    );
  });

  it('holds ten thousand devices within its height', () => {
    const groups = groupDevices([...devices(6000, 'Oslo'), ...devices(4000, 'Turin')], 'site');
    expect(layOutMap(groups, room).height).toBeLessThanOrEqual(room.heightMax);
  });

  it('puts those without a site last, and too many sites together', () => {
    const groups = groupDevices(
      [...devices(1), ...devices(1, 'Turin'), ...devices(1, 'Oslo')],
      'site',
    );
    expect(groups.map(({ name }) => name)).toEqual(['Oslo', 'Turin', 'no site']);
    const many = Array.from({ length: 200 }, (_, index) => devices(1, `site ${index}`)).flat();
    expect(groupDevices(many, 'site')).toHaveLength(1);
  });

  it('is walked through by arrow keys from one end to the other and back', () => {
    const layout = layOutMap(
      groupDevices([...devices(300, 'a'), ...devices(5, 'b')], 'site'),
      room,
    );
    const walk = (key: string, steps: number, from: { group: number; index: number }) => {
      let cell = from;
      for (let step = 0; step < steps; step++) cell = moveCell(layout, cell, key);
      return cell;
    };
    const start = { group: 0, index: 0 };
    const end = { group: 1, index: 4 };
    expect(walk('ArrowRight', 400, start)).toEqual(end);
    expect(walk('ArrowLeft', 400, end)).toEqual(start);
    expect(walk('ArrowDown', 100, start).group).toBe(1);
    expect(walk('ArrowUp', 100, walk('ArrowDown', 100, start))).toEqual(start);
  });
});
