/**
 * What leads the cloud to judge a plain device by another model: enough readings to try it on, a person's choice, and tails
 * that are packed behind it. Such a line of events hardly ever comes about by chance within two minutes.
 */
import type { Rng } from '@fernsight/base';
import { FLOOD_VARIANT } from '../model/simModels.ts';
import type { SimConfig } from './config.ts';
import { CLOUD, type Fault, type FaultDeed } from './fault.ts';

/** Share of the histories with a plain device that has a clock in which its models change. */
const SHARE = 0.4;
const MS_PER_HOUR = 3_600_000;
/** A trial looks at a series' newest two thousand readings, and decides by five hundred behind the first that count. */
const TRIED_ROWS = 1_600;
/** More than a tail holds. */
const PACKED_ROWS = 600;

/** @returns the faults of such a line, in their order; none in most histories */
export function drawChangeover(config: SimConfig, rng: Rng, firstId: number): Fault[] {
  const own = config.plains.filter(({ stamps }) => stamps === 'own');
  const plain = own[rng.below(Math.max(1, own.length))];
  const sensorType = plain?.sensors[rng.below(plain.sensors.length)]?.type;
  if (plain === undefined || sensorType === undefined || rng.next() >= SHARE) return [];
  const startMs = 5_000 + rng.next() * 0.2 * config.hours * MS_PER_HOUR;
  const node = plain.name;
  const hasPower = rng.below(2) === 0;
  const point = rng.below(2) === 0 ? 'compaction.committed' : 'compaction.written';
  const flood = (rows: number): FaultDeed => ({ kind: 'flood', node, rows });
  const later: readonly (readonly [number, FaultDeed])[] = [
    [0, flood(TRIED_ROWS)],
    [10_000, { kind: 'swapModel', sensorType, variant: FLOOD_VARIANT }],
    [17_000, flood(PACKED_ROWS)],
    [30_000, { kind: 'kill', node: CLOUD, hasPower, awayMs: 2_000 }],
    [40_000, flood(PACKED_ROWS)],
    [60_000, { kind: 'rollBackModel', sensorType }],
    [65_000, { kind: 'crash', node: CLOUD, point, pass: 1, hasPower }],
    [66_000, flood(PACKED_ROWS)],
  ];
  return later.map(([afterMs, deed], index): Fault => {
    return { id: firstId + index, atMs: Math.floor(startMs + afterMs), ...deed };
  });
}
