/** Statistics of the first original: what the window summaries of each device add up to. */
import { formatTimestamp } from '@fernsight/base';
import type { DeviceSummary } from '@fernsight/wire';
import type { WindowTotals } from '../store/ledger.ts';

export interface DeviceTotals {
  readonly device: string;
  readonly windows: WindowTotals;
}

export function summaryOf({ device, windows }: DeviceTotals): DeviceSummary {
  const { count, samples, anomalies, firstUs, lastUs } = windows;
  return {
    device_id: device,
    total_windows: count,
    total_samples: samples,
    total_anomalies: anomalies,
    anomaly_rate: samples === 0 ? 0 : anomalies / samples,
    first_seen: firstUs === undefined ? null : formatTimestamp(firstUs),
    last_seen: lastUs === undefined ? null : formatTimestamp(lastUs),
  };
}

export function fleetTotals(devices: readonly DeviceTotals[]) {
  const total = (pick: (windows: WindowTotals) => number): number =>
    devices.reduce((sum, { windows }) => sum + pick(windows), 0);
  const samples = total((windows) => windows.samples);
  const anomalies = total((windows) => windows.anomalies);
  return {
    total_devices: devices.length,
    total_windows: total((windows) => windows.count),
    total_samples: samples,
    total_anomalies: anomalies,
    anomaly_rate: samples === 0 ? 0 : anomalies / samples,
  };
}
