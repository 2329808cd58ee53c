/** Reads the whole store as it is now, by the desks that history and export ask. */
import { JOINT_SENSOR, US_PER_DAY } from '@fernsight/base';
import type { InlineCloud } from '@fernsight/cloud/inline';
import type { LedgerView, ShownRow, StoredJoint, StoredRow } from '../checkers/checker.ts';
import type { Truth } from './truth.ts';

/** The calendar's ends: before and after every stamp. */
const FIRST_US = -8.64e15;
const LAST_US = 8.64e15;
const MARK_ANOMALY = 1 << 3;

export interface Scan {
  /** which reading of the store this is, counted from 1 */
  readonly scan: number;
  row(row: StoredRow): void;
  joint(row: StoredJoint): void;
  shown(row: ShownRow): void;
  /** devices whose marked readings are asked for what they showed */
  isAsked(device: string): boolean;
  device(device: string, ledger: LedgerView): void;
  /** a value that no reading has */
  stranger(device: string, sensor: string, value: number): void;
}

/** @returns how many readings there are */
export async function scanStore(cloud: InlineCloud, truth: Truth, out: Scan): Promise<number> {
  let count = 0;
  for (const { name: device, ledger, series } of await cloud.desks.writer.ask('view', {})) {
    for (const { sensor } of series) {
      const rowCount = await scanSeries({ cloud, truth, out }, device, sensor);
      if (sensor !== JOINT_SENSOR) count += rowCount;
    }
    out.device(device, ledger);
  }
  return count;
}

interface Scanning {
  readonly cloud: InlineCloud;
  readonly truth: Truth;
  readonly out: Scan;
}

async function scanSeries(
  { cloud, truth, out }: Scanning,
  device: string,
  sensor: string,
): Promise<number> {
  const known = truth.find(device, sensor);
  const { reader, writer } = cloud.desks;
  const isAsked = out.isAsked(device);
  let count = 0;
  let fromUs = FIRST_US;
  while (fromUs < LAST_US) {
    const tail = await writer.ask('tail', { device, sensor });
    const toUs = Math.min(LAST_US, fromUs + US_PER_DAY - 1);
    const part = await reader.ask('rows', { device, sensor, fromUs, toUs, tail });
    if (part === 'moved') continue;
    const { tsUs, value: values, steps, marks } = part.rows;
    for (const [row, value] of values.entries()) {
      count++;
      const number = known?.find(value);
      const about = { tsUs: tsUs[row] ?? 0, steps: steps[row] ?? 0, mark: marks[row] ?? 0 };
      if (sensor === JOINT_SENSOR) out.joint({ device, ...about });
      else if (known === undefined || number === undefined) out.stranger(device, sensor, value);
      else {
        const isRepeated = known.scan[number] === out.scan;
        known.scan[number] = out.scan;
        out.row({ series: known, number, isRepeated, ...about });
        if (!isAsked || (about.mark & MARK_ANOMALY) === 0) continue;
        const event = await reader.ask('event', { device, sensor, tsUs: about.tsUs });
        const shown = event?.shown.find((one) => one.tsUs === about.tsUs);
        if (shown !== undefined)
          out.shown({ series: known, number, evidence: shown.evidence.join() });
      }
    }
    if (part.nextUs === undefined) return count;
    fromUs = part.nextUs;
  }
  return count;
}
