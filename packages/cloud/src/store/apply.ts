/**
 * Applies an entry to the registry: tails, latest, high-water marks, ledgers. The same function runs after a commit and
 * at a restart, so that both lead to the same state.
 */
import type { Band } from './chunk.ts';
import type { Entry } from './entry.ts';
import { enter } from './ledger.ts';
import { isAlarm, isAnomaly, isScored, isTimely } from './marks.ts';
import {
  createLatest,
  type DeviceRecord,
  JOINT_SENSOR,
  type Registry,
  type SeriesRecord,
} from './registry.ts';

/** @param journalId the journal's row that holds the entry, or will. O(readings) */
export function applyEntry(registry: Registry, entry: Entry, journalId: number): void {
  let touched: DeviceRecord | undefined;
  for (let row = 0; row < entry.tsUs.length; row++) {
    const series = registry.series(entry.series[row] ?? 0);
    const { device } = series;
    if (journalId <= device.packedTo) continue;
    if (device !== touched) {
      if (touched !== undefined) registry.touch(touched, journalId, entry.receivedUs);
      touched = device;
    }
    applyReading(series, entry, row);
  }
  if (touched !== undefined) registry.touch(touched, journalId, entry.receivedUs);
  for (const band of entry.bands) applyBand(registry.series(band.series), band, journalId);
  showNewestBands(registry, entry);
  for (const event of entry.events) {
    const device = registry.device(event.device);
    if (journalId <= device.packedTo) continue;
    enter(device.ledger, event);
    device.seenUs = Math.max(device.seenUs, entry.receivedUs);
    registry.touch(device, journalId, entry.receivedUs);
  }
}

function applyReading(series: SeriesRecord, entry: Entry, row: number): void {
  const { device } = series;
  const tsUs = entry.tsUs[row] ?? 0;
  const value = entry.value[row] ?? 0;
  const steps = entry.steps[row] ?? 0;
  const mark = entry.marks[row] ?? 0;
  device.tail.add({ series: series.index, tsUs, value, steps, mark });
  device.seenUs = Math.max(device.seenUs, entry.receivedUs);
  if (series.sensor !== JOINT_SENSOR) device.ledger.stored++;
  if (isAnomaly(mark)) device.ledger.anomalies++;
  if (!isTimely(mark)) series.futureUs = Math.max(series.futureUs, tsUs);
  if (!isTimely(mark) || tsUs < series.highUs) return;
  series.highUs = tsUs;
  if (series.latest !== undefined && tsUs <= series.latest.tsUs) return;
  if (isScored(mark)) {
    series.alarm.on = isAlarm(mark);
    if (series.alarm.on) series.alarm.newestUs = tsUs;
  }
  const latest = series.latest ?? createLatest();
  series.latest = latest;
  latest.tsUs = tsUs;
  latest.value = value;
  latest.steps = steps;
  latest.mark = mark;
  latest.expected = Number.NaN;
  latest.lower = Number.NaN;
  latest.upper = Number.NaN;
}

function applyBand({ device, index }: SeriesRecord, band: Band, journalId: number): void {
  if (journalId <= device.packedTo) return;
  device.tail.addBand(index, { tsUs: band.tsUs, lower: band.lower, upper: band.upper });
}

/** The store keeps one band a minute; a latest reading that the entry brought shows the newest of them. */
function showNewestBands(registry: Registry, { bands }: Entry): void {
  for (let at = bands.length - 1; at >= 0; at--) {
    const band = bands[at];
    const latest = band === undefined ? undefined : registry.series(band.series).latest;
    if (band === undefined || latest === undefined || !Number.isNaN(latest.lower)) continue;
    latest.lower = band.lower;
    latest.upper = band.upper;
  }
}
