/** What the two kinds of parcel need while a group is made, and how a device or series comes into it. */
import type { Span } from '@fernsight/base';
import { DEVICE_SERIES_MAX, SERVER_DEVICES_MAX, SERVER_SERIES_MAX } from '../limits.ts';
import type { Group } from '../store/group.ts';
import type { DeviceRecord, SeriesRecord } from '../store/registry.ts';
import type { StoreWriter } from '../store/store.ts';
import type { Judges } from './judges.ts';
import type { Outcome } from './outcome.ts';

export interface Bench {
  readonly store: StoreWriter;
  readonly judges: Judges;
  readonly group: Group;
  /** raw readings are kept so long: a stamp before that may have been there and gone */
  readonly rawRetentionUs: number;
  /** @returns the maintenance windows of a device */
  readonly windowsOf: (device: string) => readonly Span[];
}

/** @returns the device, made where it is new, or back, and there is room for it and for what it had */
export function deviceOf(bench: Bench, name: string): DeviceRecord | undefined {
  const { registry } = bench.store;
  const known = registry.find(name);
  if (known?.isBuried === false) return known;
  if (registry.deviceCount >= SERVER_DEVICES_MAX) return undefined;
  if (registry.seriesCount + (known?.series.length ?? 1) > SERVER_SERIES_MAX) return undefined;
  if (known !== undefined) registry.revive(known);
  const device = known ?? registry.addDevice(name);
  bench.group.devices.add(device);
  return device;
}

/** @returns what the sender of a parcel hears whose device there is no room for; an agent keeps it until there is */
export function noRoomFor(device: string): NonNullable<Outcome['problem']> {
  return {
    status: 503,
    detail: `there is no room for ${JSON.stringify(device)}: a server has at most ${SERVER_SERIES_MAX} series and ${SERVER_DEVICES_MAX} devices`,
    hint: 'let silent devices be deleted (pruneDeletes), or send to another server',
  };
}

/** @returns the series, made where it is new and there is room for it */
export function seriesOf(
  bench: Bench,
  device: DeviceRecord,
  { sensor, judge }: { readonly sensor: string; readonly judge: 'agent' | 'cloud' },
): SeriesRecord | undefined {
  const known = device.bySensor.get(sensor);
  if (known !== undefined) return known;
  const { registry } = bench.store;
  if (device.series.length >= DEVICE_SERIES_MAX || registry.seriesCount >= SERVER_SERIES_MAX)
    return undefined;
  const series = registry.addSeries(device, { sensor, judge });
  bench.group.series.add(series);
  return series;
}
