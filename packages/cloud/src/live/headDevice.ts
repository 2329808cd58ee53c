/** A device as the head holds it, and what is told of it: to the page, and to those who ask for the newest values. */
import { SCORE_STEPS } from '@fernsight/detect';
import type { FleetDevice, LatestPoint } from '@fernsight/wire';
import { isAlarm, isAnomaly, isScored, kindOf, stageOf } from '../store/marks.ts';
import type { Judge, Latest } from '../store/registry.ts';

export interface HeadSensor {
  readonly sensor: string;
  unit: string | undefined;
  latest: Latest;
}

export interface HeadDevice {
  readonly name: string;
  parent: string | undefined;
  site: string | undefined;
  judge: Judge;
  seenUs: number;
  /** when it was heard last, on the clock that nobody sets */
  heardMs: number;
  anomalyCount: number;
  readonly sensors: Map<string, HeadSensor>;
  /** by sensor, as the device announced it */
  readonly units: Map<string, string>;
  status: 'online' | 'offline' | 'pruned';
  /** the head's at its last change */
  version: number;
  /** its JSON for the page, while nothing changed */
  text: string | undefined;
}

export function createHeadDevice(name: string, judge: Judge): HeadDevice {
  return {
    name,
    parent: undefined,
    site: undefined,
    judge,
    seenUs: Number.NEGATIVE_INFINITY,
    heardMs: Number.NEGATIVE_INFINITY,
    anomalyCount: 0,
    sensors: new Map(),
    units: new Map(),
    status: 'online',
    version: 0,
    text: undefined,
  };
}

/** @returns undefined for a device that is out of view, or was announced and never heard */
export function fleetDeviceOf(device: HeadDevice): FleetDevice | undefined {
  const { name, parent, site, judge, status, seenUs, anomalyCount } = device;
  if (!isInView(device)) return undefined;
  return {
    device: name,
    ...(parent === undefined ? {} : { parent }),
    ...(site === undefined ? {} : { site }),
    judge,
    status: status === 'online' ? 'online' : 'offline',
    seenUs,
    anomalyCount,
    sensors: Array.from(device.sensors.values(), pointOf),
  };
}

export function isInView({ status, seenUs }: HeadDevice): boolean {
  return status !== 'pruned' && Number.isFinite(seenUs);
}

/** @returns the device's JSON, made once a change */
export function fleetTextOf(device: HeadDevice): string | undefined {
  if (!isInView(device)) return undefined;
  device.text ??= JSON.stringify(fleetDeviceOf(device));
  return device.text;
}

export function pointOf({ sensor, unit, latest }: HeadSensor): LatestPoint {
  const { tsUs, value, mark } = latest;
  const maybe = (edge: number): number | null => (Number.isFinite(edge) ? edge : null);
  return {
    sensor,
    ...(unit === undefined ? {} : { unit }),
    tsUs,
    value,
    score: scoreOf(latest),
    anomaly: isAnomaly(mark),
    alarm: isAlarm(mark),
    kind: kindOf(mark),
    stage: stageOf(mark),
    expected: maybe(latest.expected),
    lower: maybe(latest.lower),
    upper: maybe(latest.upper),
  };
}

/** @returns in [0, 1]; null where nobody judged */
export function scoreOf({ mark, steps }: Latest): number | null {
  return isScored(mark) ? steps / SCORE_STEPS : null;
}
