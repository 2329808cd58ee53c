/** Each planted bug is found, by the checker that is there for it and at a seed that is named here. */
import { SYNTHETIC_TYPES } from '@fernsight/edge';
import { expect, it } from 'vitest';
import { FLOOD_VARIANT } from '../model/simModels.ts';
import type { Fault } from '../plan/fault.ts';
import { type SimulationOptions, simulate } from '../simulation.ts';
import { FLAWS, type Flaw } from './flaw.ts';

const TWO_MINUTES_HOURS = 1 / 30;
const YEARS_US = 56 * 365.25 * 86_400e6;

/** A disk that is full while much is measured: at the tail's bound readings are given up. */
const FULL_AND_FLOODED: readonly Fault[] = [
  { id: 0, atMs: 10_000, kind: 'diskFull', node: 'agent-1', forMs: 60_000 },
  ...Array.from({ length: 12 }, (_, index): Fault => {
    return {
      id: index + 1,
      atMs: 12_000 + index * 3_000,
      kind: 'flood',
      node: 'agent-1',
      rows: 900,
    };
  }),
];
/** The clock goes back to 1970, and the agent starts again. */
const BACK_AND_KILLED: readonly Fault[] = [
  { id: 0, atMs: 30_000, kind: 'clockStep', node: 'agent-1', stepUs: -YEARS_US },
  { id: 1, atMs: 80_000, kind: 'kill', node: 'agent-1', hasPower: true, awayMs: 1_000 },
];

/** So many readings that the judges are snapshot, and a kill behind that. */
const SNAPSHOT_AND_KILLED: readonly Fault[] = [
  { id: 0, atMs: 20_000, kind: 'flood', node: 'agent-1', rows: 900 },
  { id: 1, atMs: 40_000, kind: 'flood', node: 'agent-1', rows: 900 },
  { id: 2, atMs: 90_000, kind: 'kill', node: 'agent-1', hasPower: true, awayMs: 1_000 },
];

/** So many readings that models come through their trial, and a kill behind that. */
const SWAPPED_AND_KILLED: readonly Fault[] = [
  ...[5, 10, 15, 30, 32, 34].map((atS, id): Fault => {
    return { id, atMs: atS * 1_000, kind: 'flood', node: 'agent-1', rows: 900 };
  }),
  ...SYNTHETIC_TYPES.map((sensorType, index): Fault => {
    return { id: 10 + index, atMs: 25_000, kind: 'swapModel', sensorType, variant: 0 };
  }),
  { id: 20, atMs: 40_000, kind: 'kill', node: 'agent-1', hasPower: true, awayMs: 1_000 },
];

/** The clock goes back to 1970, on a server that deletes what is silent. */
const BACK: readonly Fault[] = [
  { id: 0, atMs: 10_000, kind: 'clockStep', node: 'agent-1', stepUs: -YEARS_US },
];
const PRUNES = { pruneDeletes: true, pruneAfterMs: 60_000 };

/** An agent and a plain device are under repair. */
const UNDER_REPAIR: readonly Fault[] = [
  { id: 0, atMs: 30_000, kind: 'maintenance', node: 'agent-1', forMs: 30_000 },
  { id: 1, atMs: 30_000, kind: 'maintenance', node: 'plain-1', forMs: 30_000 },
];
const KEEPS = { pruneDeletes: false, rawRetentionDays: 30 };

interface Find {
  readonly at: Partial<SimulationOptions> & { readonly seed: number };
  readonly property: RegExp;
}

/** A plain device is judged by another model, and the cloud starts again behind that. */
const CHANGED_OVER: readonly Fault[] = [
  { id: 0, atMs: 10_000, kind: 'flood', node: 'plain-1', rows: 1_600 },
  { id: 1, atMs: 20_000, kind: 'swapModel', sensorType: 'humidity', variant: FLOOD_VARIANT },
  { id: 2, atMs: 27_000, kind: 'flood', node: 'plain-1', rows: 600 },
  { id: 3, atMs: 40_000, kind: 'kill', node: 'cloud', hasPower: true, awayMs: 2_000 },
  { id: 4, atMs: 50_000, kind: 'rollBackModel', sensorType: 'humidity' },
  { id: 5, atMs: 56_000, kind: 'flood', node: 'plain-1', rows: 600 },
];

const FOUND: Readonly<Record<Flaw, Find>> = {
  numbersReused: { at: { seed: 1 }, property: /I2/ },
  epochKept: { at: { seed: 1 }, property: /I2/ },
  sourceToldEarly: { at: { seed: 7 }, property: /I1/ },
  dropsUncounted: { at: { seed: 1, faults: FULL_AND_FLOODED }, property: /I2|I3/ },
  snapshotAhead: { at: { seed: 1, faults: SNAPSHOT_AND_KILLED }, property: /I5/ },
  switchForgotten: { at: { seed: 1, faults: SWAPPED_AND_KILLED }, property: /I5/ },
  jointsLost: { at: { seed: 1 }, property: /I3/ },
  anomaliesLearnt: { at: { seed: 1 }, property: /I5/ },
  maintenanceUnheard: { at: { seed: 42, agents: 2, faults: UNDER_REPAIR }, property: /I6/ },
  maintenanceMissed: {
    at: { seed: 42, agents: 2, faults: UNDER_REPAIR, settings: KEEPS },
    property: /I5/,
  },
  changeoverForgotten: {
    at: { seed: 42, agents: 2, faults: CHANGED_OVER, settings: KEEPS },
    property: /I5/,
  },
  shiftForgotten: { at: { seed: 1, faults: BACK_AND_KILLED }, property: /I5/ },
  answerBeforeSync: { at: { seed: 14 }, property: /I1/ },
  epochIgnored: { at: { seed: 2 }, property: /I2/ },
  rangesForgotten: { at: { seed: 1 }, property: /I2|I4/ },
  seriesLost: { at: { seed: 1 }, property: /I1/ },
  seenByStamp: { at: { seed: 1, faults: BACK, settings: PRUNES }, property: /I1/ },
  keysIgnored: { at: { seed: 14 }, property: /I4/ },
  futureTrusted: { at: { seed: 1 }, property: /I5/ },
};

for (const [flaw, { at, property }] of Object.entries(FOUND) as [Flaw, Find][]) {
  it(`finds, at seed ${at.seed}, that ${FLAWS[flaw]}`, async () => {
    const { violations } = await simulate({ hours: TWO_MINUTES_HOURS, agents: 4, ...at, flaw });
    expect(violations[0]?.property).toMatch(property);
  });
}

/** Models come on trial and are refused, and power fails between that commit and its sync. */
const REFUSED_AND_CUT: readonly Fault[] = [
  ...[5, 10, 15, 30, 31, 33, 35].map((atS, id): Fault => {
    return { id, atMs: atS * 1_000, kind: 'flood', node: 'agent-1', rows: 900 };
  }),
  ...SYNTHETIC_TYPES.map((sensorType, index): Fault => {
    return { id: 7 + index, atMs: 25_000, kind: 'swapModel', sensorType, variant: 0 };
  }),
  {
    id: 13,
    atMs: 30_050,
    kind: 'crash',
    node: 'agent-1',
    point: 'outbox.syncing',
    pass: 1,
    hasPower: false,
  },
];

it('keeps a model until the commit that no longer names it is synced', async () => {
  const at = { seed: 11, hours: 0.02, agents: 1, faults: REFUSED_AND_CUT };
  const { violations, passes } = await simulate(at);
  expect(violations).toEqual([]);
  expect(passes.get('model.decided')).toBeGreaterThan(0);
});

/** A kill, and while the agent is up again and has judged what it left, a power cut that takes what was not synced. */
const KILLED_AND_CUT: readonly Fault[] = [
  { id: 0, atMs: 15_000, kind: 'diskFails', node: 'agent-1', forMs: 30_000 },
  { id: 1, atMs: 30_000, kind: 'kill', node: 'agent-1', hasPower: true, awayMs: 1_000 },
  { id: 2, atMs: 36_000, kind: 'kill', node: 'agent-1', hasPower: false, awayMs: 1_000 },
];

it('judges beside an agent nothing that a power cut behind a kill still takes', async () => {
  const at = { seed: 4, hours: 0.02, agents: 1, faults: KILLED_AND_CUT };
  const { violations, happened } = await simulate(at);
  expect(violations).toEqual([]);
  expect(happened.get('power cut of an agent')).toBe(1);
});

it('finds nothing in the same histories without a flaw', async () => {
  for (const { at } of Object.values(FOUND)) {
    if (at.faults === undefined) continue;
    const { violations } = await simulate({ hours: TWO_MINUTES_HOURS, agents: 4, ...at });
    expect(violations).toEqual([]);
  }
});
