/**
 * I5 across a device's sensors: each joint verdict that the store shows is the one that an undisturbed judge came to for
 * the row of that stamp, and stands there once (I4). The cloud keeps those of plain devices once a minute, so that one
 * which is not there says nothing; of an agent each must be there (I3), unless the agent thinned or gave up readings, or
 * retention may have taken it.
 */
import { US_PER_MS } from '@fernsight/base';
import { DEFAULT_SETTINGS } from '@fernsight/cloud';
import { type JointVerdict, SCORE_STEPS } from '@fernsight/detect';
import { START_US } from '../clock/nodeClock.ts';
import type { StoredJoint, World } from './checker.ts';

const VERDICTS = 'verdicts as undisturbed (I5)';
const DUPLICATES = 'no duplicate (I4)';
const CONSERVATION = 'conservation (I3)';
const MARK_ANOMALY = 1 << 3;
const MARK_ALARM = 1 << 5;
const MS_PER_DAY = 86_400_000;
/** The cloud keeps no row that is more than five minutes ahead of its clock, which may be off by some seconds. */
const AHEAD_US = 280e6;

interface Row {
  readonly shown: string;
  /** when the reading that closed it was taken */
  readonly closedMs: number;
}

export class JointVerdicts {
  readonly #world: World;
  /** by device and stamp */
  readonly #expected = new Map<string, Map<number, Row>>();
  /** of the last reading of the store */
  #stored: StoredJoint[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** An undisturbed judge closed a row. @param tsUs as the device stamped it */
  judged(
    device: string,
    { tsUs, closedMs }: { readonly tsUs: number; readonly closedMs: number },
    { score, anomaly, alarm }: JointVerdict,
  ): void {
    const rows = this.#expected.get(device) ?? new Map<number, Row>();
    this.#expected.set(device, rows);
    rows.set(tsUs, { shown: nameOf(Math.round(score * SCORE_STEPS), anomaly, alarm), closedMs });
  }

  shown(row: StoredJoint): void {
    if (this.#world.isHealed) this.#stored.push(row);
  }

  /**
   * @param isKnown whether all that a device measured was judged beside it
   * @param whole devices whose rows are all to be there
   */
  compare(isKnown: (device: string) => boolean, whole: Iterable<string>): void {
    const found = Map.groupBy(this.#stored, rowKey);
    for (const [row, [first, second]] of found) {
      if (second !== undefined)
        this.#world.fail(DUPLICATES, `the joint row ${row} is in the store twice`);
      if (first !== undefined && isKnown(first.device)) this.#compare(first);
    }
    for (const device of whole) this.#requireWhole(device, found);
    this.#stored = [];
  }

  #compare({ device, tsUs, steps, mark }: StoredJoint): void {
    const shown = nameOf(steps, (mark & MARK_ANOMALY) !== 0, (mark & MARK_ALARM) !== 0);
    const undisturbed = this.#expected.get(device)?.get(tsUs)?.shown ?? 'no row';
    if (shown === undisturbed) return;
    const where = `the row of ${device} at ${tsUs}`;
    this.#world.fail(VERDICTS, `${where} is shown with ${shown}, undisturbed it is ${undisturbed}`);
  }

  #requireWhole(device: string, found: ReadonlyMap<string, unknown>): void {
    const { config, kernel, silences } = this.#world;
    const days = config.settings.rawRetentionDays ?? DEFAULT_SETTINGS.rawRetentionDays;
    const expiredMs = kernel.nowMs - days * MS_PER_DAY;
    const goneMs = Math.max(expiredMs, silences.forgottenMs(device, kernel.nowMs));
    for (const [tsUs, { closedMs }] of this.#expected.get(device) ?? []) {
      const isAhead = tsUs > START_US + closedMs * US_PER_MS + AHEAD_US;
      if (isAhead || closedMs <= goneMs || found.has(rowKey({ device, tsUs }))) continue;
      this.#world.fail(CONSERVATION, `the row of ${device} at ${tsUs} is not in the store`);
      return;
    }
  }
}

function rowKey({ device, tsUs }: Pick<StoredJoint, 'device' | 'tsUs'>): string {
  return `${device} at ${tsUs}`;
}

function nameOf(steps: number, anomaly: boolean, alarm: boolean): string {
  return `${steps}${anomaly ? ', anomaly' : ''}${alarm ? ', alarm' : ''}`;
}
