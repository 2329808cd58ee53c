/**
 * Applies an entry to the registry: tails, latest, high-water marks, ledgers. The same function runs after a commit and
 * at a restart, so that both lead to the same state.
 */
import type { Band } from './chunk.ts';
import type { Entry } from './entry.ts';
import { enter } from './ledger.ts';
import { isAlarm, isAnomaly, isScored, isTimely } from './marks.ts';
import type { Registry, SeriesRecord } from './registry.ts';
import { JOINT_SENSOR } from './registry.ts';

/** @param journalId the journal's row that holds the entry, or will. O(readings) */
export function applyEntry(registry: Registry, entry: Entry, journalId: number): void {
  for (let row = 0; row < entry.tsUs.length; row++) {
    const series = registry.series(entry.series[row] ?? 0);
    if (journalId <= series.device.packedTo) continue;
    applyReading(series, entry, row);
    registry.touch(series.device, journalId, entry.receivedUs);
  }
  for (const band of entry.bands) applyBand(registry.series(band.series), band, journalId);
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
  const unknown = Number.NaN;
  series.latest = { tsUs, value, steps, mark, expected: unknown, lower: unknown, upper: unknown };
}

/** The store keeps one band a minute; the latest reading shows the newest of them. */
function applyBand(series: SeriesRecord, band: Band, journalId: number): void {
  const { device, latest } = series;
  if (journalId <= device.packedTo) return;
  device.tail.addBand(series.index, { tsUs: band.tsUs, lower: band.lower, upper: band.upper });
  if (latest === undefined || !Number.isNaN(latest.lower)) return;
  series.latest = { ...latest, lower: band.lower, upper: band.upper };
}
