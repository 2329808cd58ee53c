/**
 * Window summaries of the devices that the cloud judges: five minutes of scores, as agents send them of theirs, so that
 * the statistics of a fleet cover all of it. A window closes at the device's first scored reading behind its end; until
 * then it counts as far as it is, for a device may never send again.
 */
import { US_PER_MINUTE } from '@fernsight/base';
import { SCORE_STEPS } from '@fernsight/detect';
import { enterWindow, type WindowTotals } from '../store/ledger.ts';
import type { DeviceRecord, OpenWindow } from '../store/registry.ts';
import { floorTo } from '../store/rollup.ts';

export const WINDOW_US = 5 * US_PER_MINUTE;

/** @returns the window that this reading closed, if any. A reading behind the open window counts in the open one. */
export function countInWindow(
  device: DeviceRecord,
  reading: { readonly tsUs: number; readonly steps: number; readonly anomaly: boolean },
): OpenWindow | undefined {
  const startUs = floorTo(reading.tsUs, WINDOW_US);
  let closed: OpenWindow | undefined;
  let open = device.window;
  if (open === undefined || startUs > open.startUs) {
    closed = open;
    open = { startUs, samples: 0, anomalies: 0, sum: 0, max: 0, min: SCORE_STEPS };
    device.window = open;
  }
  open.samples++;
  if (reading.anomaly) open.anomalies++;
  open.sum += reading.steps;
  open.max = Math.max(open.max, reading.steps);
  open.min = Math.min(open.min, reading.steps);
  return closed;
}

/** @returns what the device's windows add up to, the open one included: seen at its start, which is surely past */
export function windowTotals({ ledger, window }: DeviceRecord): WindowTotals {
  const totals = { ...ledger.windows };
  if (window !== undefined) enterWindow(totals, { ...window, endUs: window.startUs });
  return totals;
}
