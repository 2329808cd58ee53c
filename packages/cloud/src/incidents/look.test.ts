/** Looking only when something may be due tells what looking at every tick tells, and costs a few looks a minute. */
import { US_PER_MS, US_PER_SECOND } from '@fernsight/base';
import type { Cause } from '@fernsight/wire';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openDatabase } from '../store/sqlite/database.ts';
import { IncidentRows } from './incidentRows.ts';
import { CROWD_US, TICK_MS } from './limits.ts';
import { lookThrough } from './look.ts';
import { Maintenance } from './maintenance.ts';

const migrations = new URL('.', import.meta.url);
const TICK_US = TICK_MS * US_PER_MS;
const START_US = 1_772_323_200_000_000;

/** Incidents that are looked through at each tick, or only when something may be due. */
class Watched {
  readonly database = openDatabase(':memory:', 'write', migrations);
  readonly rows = new IncidentRows(this.database);
  readonly maintenance = new Maintenance(this.database);
  /** what was told, and when */
  readonly told: string[] = [];
  looks = 0;
  readonly #rests: boolean;

  constructor(rests: boolean) {
    this.#rests = rests;
  }

  tick(nowUs: number): void {
    if (this.#rests && !this.rows.mayBeDue(nowUs)) return;
    this.looks++;
    const note = (what: string, { cause, count }: { cause: Cause; count: number }) =>
      this.told.push(`${what} ${count} ${cause} at ${(nowUs - START_US) / US_PER_SECOND}`);
    const untilUs = lookThrough(
      {
        rows: this.rows,
        maintenance: this.maintenance,
        tell: (gathered, now) => {
          note(gathered.isAgain ? 'again' : 'opened', gathered);
          this.rows.told(gathered, now);
        },
        tellEnds: (gathered) => {
          note('ended', gathered);
          this.rows.endsTold(gathered, nowUs);
        },
      },
      nowUs,
    );
    if (this.#rests) this.rows.rest(untilUs);
  }
}

test('while a fleet of silences waits its minute, it is looked through once a change, and then when it is due', () => {
  const watched = new Watched(true);
  for (let device = 0; device < 100; device++) {
    const signal = { device: `d${device}`, cause: 'silent', sensor: '', sentence: '' } as const;
    watched.rows.raise(signal, START_US);
  }
  for (let at = 0; at < CROWD_US; at += TICK_US) watched.tick(START_US + at);
  expect([watched.told, watched.looks]).toEqual([[], 1]);
  watched.tick(START_US + CROWD_US);
  expect(watched.told).toEqual(['opened 100 silent at 60']);
  watched.database.close();
});

test('whatever comes, goes, is muted, acknowledged or in maintenance, the same is told at the same moment', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const devices = fc.subarray(names, { minLength: 1 });
  const cause = fc.constantFrom<Cause>('silent', 'anomaly', 'sensorFault');
  const id = fc.integer({ min: 1, max: 6 });
  const seconds = fc.constantFrom(0, 1, 20, 59, 61, 150);
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ what: fc.constant('raise' as const), devices, cause }) },
    { weight: 4, arbitrary: fc.record({ what: fc.constant('clear' as const), devices, cause }) },
    fc.record({ what: fc.constant('mute' as const), id, seconds }),
    fc.record({ what: fc.constant('acknowledge' as const), id }),
    fc.record({
      what: fc.constant('maintain' as const),
      device: fc.option(fc.constantFrom(...names)),
      seconds,
      isDaily: fc.boolean(),
    }),
    { weight: 6, arbitrary: fc.record({ what: fc.constant('wait' as const), seconds }) },
    fc.record({ what: fc.constant('setBack' as const), seconds }),
  );
  const told = new Set<string>();
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 25 }), (steps) => {
      const both = [new Watched(true), new Watched(false)] as const;
      let nowUs = START_US;
      for (const one of steps) {
        if (one.what === 'setBack') nowUs -= one.seconds * US_PER_SECOND;
        for (const { rows, maintenance } of both) {
          if (one.what === 'raise') {
            const signal = { cause: one.cause, sensor: one.cause, sentence: '' };
            for (const device of one.devices) rows.raise({ ...signal, device }, nowUs);
          }
          if (one.what === 'clear')
            for (const device of one.devices) rows.clear({ device, sensor: one.cause }, nowUs);
          if (one.what === 'mute') rows.mute(one.id, nowUs + one.seconds * US_PER_SECOND);
          if (one.what === 'acknowledge') rows.acknowledge(one.id, 'anna', nowUs);
          if (one.what === 'maintain') {
            const startUs = nowUs + one.seconds * US_PER_SECOND;
            const endUs = startUs + 20 * US_PER_SECOND;
            const everyUs = one.isDaily ? 30 * US_PER_SECOND : null;
            maintenance.add({ device: one.device, startUs, endUs, everyUs, reason: '' }, 'anna');
          }
        }
        const endUs = nowUs + (one.what === 'wait' ? one.seconds * US_PER_SECOND : 0);
        for (; nowUs <= endUs; nowUs += US_PER_SECOND)
          for (const watched of both) watched.tick(nowUs);
      }
      expect(both[0].told).toEqual(both[1].told);
      for (const one of both[0].told) told.add(one.split(' ')[0] ?? '');
      for (const { database } of both) database.close();
    }),
    { numRuns: 30, seed: 1 },
  );
  expect([...told].sort()).toEqual(['again', 'ended', 'opened']);
});
