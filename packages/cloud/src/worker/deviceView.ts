/** Devices as plain data, as they leave the thread that owns them. */
import type { Ledger } from '../store/ledger.ts';
import type { DeviceRecord, Judge, Latest, Registry } from '../store/registry.ts';

export interface DeviceView {
  readonly name: string;
  readonly parent: string | undefined;
  readonly title: string | undefined;
  readonly site: string | undefined;
  readonly seenUs: number;
  readonly ledger: Ledger;
  readonly series: readonly SeriesView[];
}

export interface SeriesView {
  readonly sensor: string;
  readonly judge: Judge;
  readonly type: string | undefined;
  readonly unit: string | undefined;
  readonly latest: Latest | undefined;
  /** an alarm stands */
  readonly alarmOn: boolean;
}

/** @param device one, or all of them */
export function viewDevices(registry: Registry, device?: string): DeviceView[] {
  if (device === undefined) return Array.from(registry.devices(), viewOf);
  const known = registry.find(device);
  return known === undefined ? [] : [viewOf(known)];
}

function viewOf({ name, parent, title, site, seenUs, ledger, series }: DeviceRecord): DeviceView {
  const views = series.map(({ sensor, judge, type, unit, latest, alarm }) => ({
    sensor,
    judge,
    type,
    unit,
    latest: latest === undefined ? undefined : { ...latest },
    alarmOn: alarm.on,
  }));
  return { name, parent, title, site, seenUs, ledger, series: views };
}
