/**
 * The fleet as the page knows it: what the last frames said, and how bad each device has been lately. Frames are applied
 * in place, because a fleet of 10,000 changes whole every second; the signal around it carries a new wrapper each time.
 */
import type { FleetDevice, FleetFrame, FleetTotals, KindName, LatestPoint } from '@fernsight/wire';
import { RECENT_US } from '../limits.ts';

/** The worst verdict on a device within RECENT_US. */
export interface Worst {
  readonly score: number;
  /** a human should hear of it */
  readonly alarm: boolean;
  readonly atUs: number;
  readonly sensor: string;
  /** what it looked like; an alarm outlasts the readings that look like anything */
  readonly kind: KindName;
}

export interface Fleet {
  /** the server's clock at the last frame; 0 before the first */
  readonly nowUs: number;
  readonly totals: FleetTotals;
  readonly devices: Map<string, FleetDevice>;
  readonly worst: Map<string, Worst>;
  /** each device's place by name, from 0; sorted anew only when devices come or go */
  readonly places: ReadonlyMap<string, number>;
}

export const NO_TOTALS: FleetTotals = {
  deviceCount: 0,
  onlineCount: 0,
  seriesCount: 0,
  readingCount: 0,
  readingsPerSecond: 0,
  anomaliesHour: 0,
  anomaliesDay: 0,
  alarmsHour: 0,
  alarmsDay: 0,
};

export function emptyFleet(): Fleet {
  return { nowUs: 0, totals: NO_TOTALS, devices: new Map(), worst: new Map(), places: new Map() };
}

/** @returns the fleet after `frame`; its maps are those of `fleet`, changed. O(devices in the frame + log of all) */
export function applyFrame(fleet: Fleet, frame: FleetFrame): Fleet {
  takeDevices(fleet, frame);
  for (const device of frame.gone) forget(fleet, device);
  for (const { device, sensor, kind, score, alarm, tsUs } of frame.anomalies) {
    if (alarm && frame.nowUs - tsUs < RECENT_US && fleet.devices.has(device)) {
      fleet.worst.set(device, { score, alarm, atUs: tsUs, sensor, kind });
    }
  }
  return {
    ...fleet,
    nowUs: frame.nowUs,
    totals: frame.totals,
    places: sameDevices(fleet) ? fleet.places : placesOf(fleet.devices),
  };
}

/** Takes over the devices of a frame, or of a part of one, in place: what is drawn is said by `applyFrame` at its end. */
export function takeDevices({ devices, worst }: Fleet, frame: FleetFrame): void {
  for (const device of frame.devices) {
    devices.set(device.device, device);
    worst.set(device.device, worsen(worst.get(device.device), device));
  }
}

function forget(fleet: Fleet, device: string): void {
  fleet.devices.delete(device);
  fleet.worst.delete(device);
}

/** What a `reset` says, in all its parts, replaces all that was known; the recent past of what is still there is kept. */
export class Reset {
  readonly frame: number;
  readonly #unnamed: Set<string>;

  constructor(fleet: Fleet, frame: number) {
    this.frame = frame;
    this.#unnamed = new Set(fleet.devices.keys());
  }

  names(devices: readonly FleetDevice[]): void {
    for (const { device } of devices) this.#unnamed.delete(device);
  }

  /** Takes away what no part has named. */
  end(fleet: Fleet): void {
    for (const device of this.#unnamed) forget(fleet, device);
  }
}

function sameDevices({ devices, places }: Fleet): boolean {
  if (devices.size !== places.size) return false;
  for (const device of devices.keys()) if (!places.has(device)) return false;
  return true;
}

function placesOf(devices: ReadonlyMap<string, FleetDevice>): ReadonlyMap<string, number> {
  const keyed = [...devices.keys()].map((device) => ({ device, key: sortKey(device) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : 1));
  return new Map(keyed.map(({ device }, place) => [device, place]));
}

/** pump-9 before pump-10. Ten times faster for a large fleet than a collator, which is asked at every comparison. */
function sortKey(device: string): string {
  return device.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(12, '0'));
}

function worsen(before: Worst | undefined, device: FleetDevice): Worst {
  const point = worstPoint(device);
  const now = {
    score: point?.score ?? 0,
    alarm: point?.alarm === true,
    atUs: point?.tsUs ?? device.seenUs,
    sensor: point?.sensor ?? '',
    kind: point?.kind ?? 'none',
  };
  if (before === undefined || now.atUs - before.atUs > RECENT_US) return now;
  if (now.alarm && now.kind === 'none' && now.sensor === before.sensor) {
    return { ...now, kind: before.kind };
  }
  const isWorse = now.alarm === before.alarm ? now.score >= before.score : now.alarm;
  return isWorse ? now : before;
}

/** @returns the sensor that a card shows first: in alarm, then marked, then the highest score */
export function worstPoint(device: FleetDevice): LatestPoint | undefined {
  let worst = device.sensors[0];
  for (const point of device.sensors) {
    if (worst === undefined || rank(point) > rank(worst)) worst = point;
  }
  return worst;
}

export function rank(point: LatestPoint): number {
  return (point.alarm ? 4 : 0) + (point.anomaly ? 2 : 0) + (point.score ?? 0);
}

/** @returns what the alarm on a sensor looks like: the reading's own kind, or that of the reading that raised it */
export function alarmKind(fleet: Fleet, device: string, point: LatestPoint): KindName {
  const worst = fleet.worst.get(device);
  const isOfWorst = point.alarm && point.kind === 'none' && worst?.sensor === point.sensor;
  return isOfWorst ? worst.kind : point.kind;
}

/** How a device stands, worst first. */
export type Standing = 'alarm' | 'offline' | 'quiet';

export function standing(fleet: Fleet, device: FleetDevice): Standing {
  if (device.status === 'offline') return 'offline';
  return fleet.worst.get(device.device)?.alarm === true ? 'alarm' : 'quiet';
}

const ORDER: Readonly<Record<Standing, number>> = { alarm: 0, offline: 1, quiet: 2 };

/**
 * Worst first, and calm: devices in alarm by their latest to the half minute, the rest by name, so that cards
 * change places when something happens and not with every reading.
 */
export function worstFirst(fleet: Fleet, devices: readonly FleetDevice[]): FleetDevice[] {
  const keyed = devices.map((device) => {
    const stands = standing(fleet, device);
    const atUs = fleet.worst.get(device.device)?.atUs ?? 0;
    return {
      device,
      order: ORDER[stands],
      halfMinute: stands === 'alarm' ? Math.floor(atUs / 30_000_000) : 0,
      place: fleet.places.get(device.device) ?? 0,
    };
  });
  keyed.sort((a, b) => a.order - b.order || b.halfMinute - a.halfMinute || a.place - b.place);
  return keyed.map(({ device }) => device);
}
