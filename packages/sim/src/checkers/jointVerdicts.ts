/**
 * I5 across a device's sensors: each joint verdict that the store shows is the one that an undisturbed judge came to for
 * the row of that stamp. The cloud keeps those of plain devices once a minute, and an agent may thin its own away, so
 * that one which is not there says nothing.
 */
import { type JointVerdict, SCORE_STEPS } from '@fernsight/detect';
import type { StoredJoint, World } from './checker.ts';

const VERDICTS = 'verdicts as undisturbed (I5)';
const MARK_ANOMALY = 1 << 3;
const MARK_ALARM = 1 << 5;

export class JointVerdicts {
  readonly #world: World;
  /** by device and stamp */
  readonly #expected = new Map<string, Map<number, string>>();
  /** of the last reading of the store */
  #stored: StoredJoint[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** An undisturbed judge closed a row. @param tsUs as the device stamped it */
  judged(device: string, tsUs: number, { score, anomaly, alarm }: JointVerdict): void {
    const rows = this.#expected.get(device) ?? new Map<number, string>();
    this.#expected.set(device, rows);
    rows.set(tsUs, nameOf(Math.round(score * SCORE_STEPS), anomaly, alarm));
  }

  shown(row: StoredJoint): void {
    if (this.#world.isHealed) this.#stored.push(row);
  }

  /** @param isKnown whether all that a device measured was judged beside it */
  compare(isKnown: (device: string) => boolean): void {
    for (const { device, tsUs, steps, mark } of this.#stored) {
      if (!isKnown(device)) continue;
      const shown = nameOf(steps, (mark & MARK_ANOMALY) !== 0, (mark & MARK_ALARM) !== 0);
      const undisturbed = this.#expected.get(device)?.get(tsUs) ?? 'no row';
      if (shown === undisturbed) continue;
      const where = `the row of ${device} at ${tsUs}`;
      this.#world.fail(
        VERDICTS,
        `${where} is shown with ${shown}, undisturbed it is ${undisturbed}`,
      );
      return;
    }
    this.#stored = [];
  }
}

function nameOf(steps: number, anomaly: boolean, alarm: boolean): string {
  return `${steps}${anomaly ? ', anomaly' : ''}${alarm ? ', alarm' : ''}`;
}
