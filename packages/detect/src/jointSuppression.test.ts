import { describe, expect, inject, it } from 'vitest';
import { createNoise } from './evaluation/noise.ts';
import { seededRandom } from './forest/sampleRows.ts';
import { createJointVerdict, JointJudge, type JointVerdict } from './jointJudge.ts';
import { JointSuppression, jointRegionAround } from './jointSuppression.ts';
import { runJointTrial } from './jointSuppressionTrial.ts';
import { REGIONS_MAX, type Region } from './suppression.ts';

const MINUTE_US = 60e6;
const HOUR_US = 60 * MINUTE_US;
/** Monday 2026-01-05T00:00:00Z */
const START_US = 1_767_571_200e6;
const SENSORS = ['flow', 'heat', 'load'];
const QUIET_ROWS = 1_500;
const EVENT_ROWS = 60;

/** A device of three sensors that follow each other, and what of each row was judged. */
class Plant {
  readonly #noise = createNoise('white', seededRandom(7));
  #rows = 0;
  judge = new JointJudge();

  /** @param off what is added to each sensor @returns the verdicts on the rows */
  run(rows: number, off: readonly number[] = [0, 0, 0]): JointVerdict[] {
    return Array.from({ length: rows }, () => {
      const tsUs = START_US + this.#rows * MINUTE_US;
      const out = createJointVerdict();
      const common = 2 * this.#noise();
      for (const [index, sensor] of SENSORS.entries()) {
        const value = common + this.#noise() + (off[index] ?? 0);
        this.judge.judge({ sensor, tsUs, value }, out);
      }
      this.judge.closeRow(out);
      this.#rows += 1;
      return { ...out, among: [...out.among], evidence: out.shown };
    });
  }
}

const event = [1.8, -1.8, 0];

/** A plant of which one event was called harmless. */
function withRegion(recurrence: Region['recurrence']): { plant: Plant; region: Region } {
  const plant = new Plant();
  plant.run(QUIET_ROWS);
  const told = [...plant.run(EVENT_ROWS, event), ...plant.run(200)];
  const first = told.find(({ alarm }) => alarm);
  const own = told.filter(({ onsetUs }) => onsetUs > 0 && onsetUs === first?.onsetUs);
  const region = jointRegionAround(own, { id: 7, recurrence });
  plant.judge.suppress([region]);
  plant.run(400);
  return { plant, region };
}

const raised = (verdicts: readonly JointVerdict[]) => verdicts.some(({ alarm }) => alarm);

describe('a region over the sensors of a device', () => {
  it('keeps its pattern quiet and visible, with its score; to the other side it is told', () => {
    const { plant } = withRegion('always');
    const bytes = plant.judge.snapshot();
    const quiet = plant.run(EVENT_ROWS, event);
    expect(raised(quiet)).toBe(false);
    const fallen = quiet.filter(({ suppressedBy }) => suppressedBy === 7);
    expect(fallen.length).toBeGreaterThan(8);
    expect(fallen[0]).toMatchObject({ anomaly: false, kind: 'joint' });
    expect(fallen[0]?.score).toBeGreaterThanOrEqual(fallen[0]?.threshold ?? 1);
    for (const other of [
      [-1.8, 1.8, 0],
      [0, 1.8, -1.8],
    ]) {
      plant.judge = JointJudge.restore(bytes);
      expect(raised(plant.run(EVENT_ROWS, other))).toBe(true);
    }
  });

  it('does not hold for an event that leaves it, though what is left of that is weak', () => {
    const { plant } = withRegion('always');
    expect(raised(plant.run(EVENT_ROWS, event))).toBe(false);
    const after = plant.run(6 * EVENT_ROWS, event);
    const rises = after.findIndex(({ alarm }) => alarm);
    const row = after[rises];
    expect(row).toMatchObject({ suppressedBy: 0, kind: 'joint', anomaly: true });
    expect(after.slice(0, rises).some(({ onsetUs }) => onsetUs === row?.onsetUs)).toBe(true);
  });

  it.each([
    ['weekly', 168],
    ['daily', 24],
  ] as const)('holds %s in the hours of its event', (recurrence, cycle) => {
    const { region } = withRegion(recurrence);
    const suppression = new JointSuppression();
    suppression.set([region]);
    const { among = [], upper } = region;
    const at = (hours: number) => {
      const tsUs = region.atUs + hours * HOUR_US;
      const row = { tsUs, onsetUs: tsUs, intervalUs: MINUTE_US, utcOffsetMinutes: 0 };
      return suppression.regionOf({ ...row, among, evidence: upper });
    };
    expect([at(cycle), at(cycle + 1), at(2 * cycle - 1)]).toEqual([7, 7, 7]);
    expect([at(cycle + 6), at(1.5 * cycle), at(2 * cycle - 3)]).toEqual([0, 0, 0]);
  });

  it('goes with the snapshot, and finds its sensors in whatever order they come', () => {
    const { plant, region } = withRegion('always');
    const restored = JointJudge.restore(plant.judge.snapshot());
    expect(restored.regions()).toEqual([region]);
    expect(restored.snapshot()).toEqual(plant.judge.snapshot());
    const suppression = new JointSuppression();
    suppression.set([region]);
    const row = { tsUs: region.atUs, onsetUs: region.atUs, intervalUs: 0, utcOffsetMinutes: 0 };
    const [a = 0, b = 0, c = 0, d = 0] = region.upper;
    const swapped = { ...row, among: ['heat', 'flow'], evidence: [c, d, a, b] };
    expect(suppression.regionOf(swapped)).toBe(7);
    expect(suppression.regionOf({ ...swapped, among: ['heat', 'new'] })).toBe(0);
    plant.judge.suppress([]);
    expect(JointJudge.restore(plant.judge.snapshot()).regions()).toEqual([]);
  });

  it('is one of a bounded number, the newest, and of two numbers for each sensor', () => {
    const { region } = withRegion('weekly');
    const suppression = new JointSuppression();
    suppression.set(Array.from({ length: REGIONS_MAX + 5 }, (_, id) => ({ ...region, id })));
    expect(suppression.regions().map(({ id }) => id)).toEqual(
      Array.from({ length: REGIONS_MAX }, (_, index) => index + 5),
    );
    suppression.set([{ ...region, lower: region.lower.slice(1) }]);
    expect(suppression.isEmpty).toBe(true);
  });
});

it('an event over several sensors stays quiet when it is harmless, another one fires', () => {
  // margins were chosen on seeds 1 to 1000
  const count = inject('torture') ? 2_000 : 12;
  const trials = Array.from({ length: count }, (_, index) =>
    runJointTrial(seededRandom(50_000 + index)),
  ).filter(({ first }) => first.told);
  const back = trials.filter(({ again }) => again.wouldTell);
  const different = trials.filter((trial) => trial.different.wouldTell);
  const quiet = back.filter(({ again }) => !again.told).length;
  const fired = different.filter((trial) => trial.different.told).length;
  console.log(
    `joint suppression: quiet ${quiet} of ${back.length}, different fires ${fired} of ${different.length}`,
  );
  expect(back.length).toBeGreaterThan(count / 3);
  // decisions/0044: nineteen in twenty; a dozen trials are too few to tell
  expect(quiet / back.length).toBeGreaterThan(inject('torture') ? 0.95 : 0.6);
  expect(fired / different.length).toBeGreaterThan(inject('torture') ? 0.95 : 0.6);
});
