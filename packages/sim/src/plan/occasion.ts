/**
 * What gives a crash the occasion to happen: most points are passed all the time, some only when much was measured, when
 * a process starts, or when somebody chose a model. A crash at one of these is drawn together with what leads there.
 */
import type { CrashPoint, Rng } from '@fernsight/base';
import { DEFAULT_SETTINGS } from '@fernsight/cloud';
import { VARIANTS } from '../model/simModels.ts';
import type { SimConfig } from './config.ts';
import { CLOUD, type FaultDeed } from './fault.ts';
import { CLOUD_POINTS } from './happening.ts';

/** A fault, so long after (or before) the one that it leads to. */
export type Occasion = { readonly afterMs: number } & FaultDeed;

const YEARS_US = 56 * 365.25 * 86_400e6;
const FLOOD_ROWS = 900;
/** A job that takes its time to have something to do is crashed in the first seconds, or two minutes are too short. */
const EARLY_SHARE = 0.15;
/** How many times more often the point of a job is drawn where the configuration lets it happen within minutes. */
const WEIGHT = 6;
const MINUTES_MS = 120_000;

/** @returns the points at which a cloud is ended, those more than once that this configuration leads to */
export function cloudPointsOf({ settings, pace }: SimConfig): readonly CrashPoint[] {
  const { pruneDeletes, pruneAfterMs, rawRetentionDays } = { ...DEFAULT_SETTINGS, ...settings };
  const more = (point: CrashPoint, isNear: boolean) => (isNear ? Array(WEIGHT).fill(point) : []);
  return [
    ...CLOUD_POINTS,
    ...more('store.buried', pruneDeletes && pruneAfterMs < MINUTES_MS * pace),
    ...more('store.pruned', rawRetentionDays < 1),
  ];
}

/** @returns when a fault is to happen that was drawn for a moment */
export function earlierMs(deed: FaultDeed, atMs: number): number {
  const isEarly = deed.kind === 'crash' && EARLY.has(deed.point);
  return isEarly ? Math.floor(atMs * EARLY_SHARE) : atMs;
}

/** @returns nothing for a point that is passed anyway */
export function occasionOf(
  { node, point }: Extract<FaultDeed, { kind: 'crash' }>,
  config: SimConfig,
  rng: Rng,
): readonly Occasion[] {
  const agent = config.agents.find(({ name }) => name === node) ?? config.agents[0];
  if (agent === undefined) return [];
  const flood = (name: string, afterMs: number): Occasion => {
    return { afterMs, kind: 'flood', node: name, rows: FLOOD_ROWS };
  };
  const somebody = config.agents[rng.below(config.agents.length)]?.name ?? agent.name;
  const sensorType = agent.sensors[0]?.type;
  const swap = (afterMs: number): Occasion[] =>
    sensorType === undefined
      ? []
      : [{ afterMs, kind: 'swapModel', sensorType, variant: rng.below(VARIANTS) }];
  switch (point) {
    case 'model.heard':
      return swap(1_000);
    case 'model.decided':
      // what is on trial is compared with judges that are ready
      return [
        ...[0, 4_000, 8_000, 24_000, 28_000, 32_000].map((ms) => flood(agent.name, ms)),
        ...swap(12_000),
      ];
    case 'snapshot.taken':
    case 'compaction.written':
    case 'compaction.committed':
    case 'journal.cut':
    case 'store.pruned':
      return [flood(somebody, 1_000)];
    case 'store.folded': {
      const polled = config.agents.find(({ source }) => source === 'polled')?.name ?? somebody;
      const step = { kind: 'clockStep', node: polled, stepUs: -YEARS_US } as const;
      return [{ afterMs: 0, ...step }, flood(polled, 5_000)];
    }
    case 'store.buried':
      return [{ afterMs: 0, kind: 'kill', node: somebody, hasPower: true, awayMs: 100_000 }];
    case 'store.replayed':
    case 'outbox.epochBegun': {
      const name = point === 'store.replayed' ? CLOUD : agent.name;
      return [{ afterMs: -500, kind: 'kill', node: name, hasPower: true, awayMs: 2_000 }];
    }
    default:
      return [];
  }
}

/** @returns whether a point is passed so seldom that a crash takes the first pass */
export function isRare(point: CrashPoint): boolean {
  return RARE.has(point);
}

const EARLY: ReadonlySet<CrashPoint> = new Set([
  'model.decided',
  'store.folded',
  'store.pruned',
  'store.buried',
]);
const RARE: ReadonlySet<CrashPoint> = new Set([
  'model.heard',
  'model.decided',
  'snapshot.taken',
  'compaction.written',
  'compaction.committed',
  'journal.cut',
  'store.folded',
  'store.pruned',
  'store.buried',
  'store.replayed',
  'outbox.epochBegun',
]);
