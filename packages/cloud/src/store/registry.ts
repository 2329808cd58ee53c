/**
 * The registry: every device and series by name and by the store's number, with what must be known of it at once: its
 * latest reading, its high-water mark, its ledger. It lives in memory beside the store that keeps it.
 */
import { must } from '@fernsight/base';
import type { DeviceCard } from '@fernsight/wire';
import { TAIL_READINGS, TAIL_READINGS_PER_SERIES } from '../limits.ts';
import { type AlarmLane, createAlarmLane } from './alarmLane.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { Blocks, Tail } from './tail.ts';

/** The series of this sensor carries a device's joint verdicts: its values are scores. */
export { JOINT_SENSOR } from '@fernsight/base';

export type Judge = 'agent' | 'cloud';

export interface Latest {
  readonly tsUs: number;
  readonly value: number;
  readonly steps: number;
  readonly mark: number;
  /** NaN where unknown */
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
}

/** As the registry holds it: written over with every reading, for a restart applies millions. */
type HeldLatest = { -readonly [Key in keyof Latest]: Latest[Key] };

export function createLatest(): HeldLatest {
  const unknown = Number.NaN;
  return {
    tsUs: unknown,
    value: unknown,
    steps: 0,
    mark: 0,
    expected: unknown,
    lower: unknown,
    upper: unknown,
  };
}

export interface SeriesRecord {
  readonly id: number;
  readonly device: DeviceRecord;
  readonly sensor: string;
  /** its place in the device's list */
  readonly index: number;
  /** who judges, from its first reading on */
  judge: Judge;
  type: string | undefined;
  unit: string | undefined;
  min: number | undefined;
  max: number | undefined;
  /** the newest stamp that was taken in order; -Infinity before the first */
  highUs: number;
  latest: HeldLatest | undefined;
  /** alarms in what comes live, and in what an agent hands over late */
  readonly alarm: AlarmLane;
  readonly backfillAlarm: AlarmLane;
  /** the newest stamp from ahead of the clock: at or below it a stamp may be there although it is above highUs */
  futureUs: number;
  /** the minute of the last band that was kept */
  bandUs: number;
}

export interface DeviceRecord {
  readonly id: number;
  readonly name: string;
  parent: string | undefined;
  title: string | undefined;
  site: string | undefined;
  readonly series: SeriesRecord[];
  readonly bySensor: Map<string, SeriesRecord>;
  ledger: Ledger;
  /** its history was deleted: a tombstone, which takes none of the places that there are */
  isBuried: boolean;
  /** wall time of the last receipt; liveness goes by it */
  seenUs: number;
  /** readings not yet packed into chunks, in the order they were judged */
  readonly tail: Tail;
  /** the journal's row up to which everything of the device is packed: tells whether tail and chunks fit together */
  packedTo: number;
  /** the journal's row of the oldest change that is not packed, 0 for none, and its receipt */
  pendingFrom: number;
  pendingSinceUs: number;
  /** the open summary window of a device that the cloud judges */
  window: OpenWindow | undefined;
}

export interface OpenWindow {
  readonly startUs: number;
  samples: number;
  anomalies: number;
  /** sums and extremes are of scores in steps, so that they are exact */
  sum: number;
  max: number;
  min: number;
}

export class Registry {
  readonly #devices = new Map<string, DeviceRecord>();
  readonly #byId = new Map<number, DeviceRecord>();
  /** by number: numbers are given in turn */
  readonly #series: SeriesRecord[] = [];
  #seriesCount = 0;
  #deviceCount = 0;
  /** devices with changes that are not packed, longest waiting first */
  readonly #pending = new Set<DeviceRecord>();
  /** those whose tail is long enough to pack, in the order they became so */
  readonly #full = new Set<DeviceRecord>();
  /** the memory of the tails */
  readonly #blocks = new Blocks();
  #lastDevice = 0;
  #lastSeries = 0;

  /** series of devices that are not buried */
  get seriesCount(): number {
    return this.#seriesCount;
  }

  /** devices that are not buried */
  get deviceCount(): number {
    return this.#deviceCount;
  }

  devices(): IterableIterator<DeviceRecord> {
    return this.#devices.values();
  }

  find(device: string): DeviceRecord | undefined {
    return this.#devices.get(device);
  }

  device(id: number): DeviceRecord {
    return must(this.#byId.get(id), 'a device that the journal names');
  }

  series(id: number): SeriesRecord {
    return must(this.#series[id], 'a series that the journal names');
  }

  /** Marks a device as changed by a row of the journal. */
  touch(device: DeviceRecord, journalId: number, receivedUs: number): void {
    this.revive(device);
    if (device.pendingFrom === 0) {
      device.pendingFrom = journalId;
      device.pendingSinceUs = receivedUs;
      this.#pending.add(device);
    }
    if (device.tail.count >= tailLimit(device)) this.#full.add(device);
  }

  /** Marks a device as packed up to a row of the journal: its tail is empty. */
  packed(device: DeviceRecord, journalId: number): void {
    device.tail.clear();
    device.packedTo = journalId;
    device.pendingFrom = 0;
    this.#pending.delete(device);
    this.#full.delete(device);
  }

  /** Makes a device a tombstone: its numbers stay its own, for the journal may name them; its places are free. */
  bury(device: DeviceRecord): void {
    if (device.isBuried) return;
    device.isBuried = true;
    this.#deviceCount--;
    this.#seriesCount -= device.series.length;
  }

  /** A device that was buried is heard again. */
  revive(device: DeviceRecord): void {
    if (!device.isBuried) return;
    device.isBuried = false;
    this.#deviceCount++;
    this.#seriesCount += device.series.length;
  }

  /** @returns devices to pack: those with long tails, then those with changes received before `sinceUs` */
  due({
    countMax,
    sinceUs,
  }: {
    readonly countMax: number;
    readonly sinceUs: number;
  }): DeviceRecord[] {
    const due = new Set<DeviceRecord>();
    for (const device of this.#full) {
      if (due.size >= countMax) break;
      due.add(device);
    }
    for (const device of this.#pending) {
      if (due.size >= countMax || device.pendingSinceUs > sinceUs) break;
      due.add(device);
    }
    return [...due];
  }

  /** @returns the device with the oldest change that is not packed */
  firstPending(): DeviceRecord | undefined {
    return this.#pending.values().next().value;
  }

  /** @param id the store's number, or none for a device that is new */
  addDevice(name: string, id = this.#lastDevice + 1): DeviceRecord {
    this.#lastDevice = Math.max(this.#lastDevice, id);
    const device: DeviceRecord = {
      id,
      name,
      parent: undefined,
      title: undefined,
      site: undefined,
      series: [],
      bySensor: new Map(),
      ledger: createLedger(),
      isBuried: false,
      seenUs: Number.NEGATIVE_INFINITY,
      tail: new Tail(this.#blocks),
      packedTo: 0,
      pendingFrom: 0,
      pendingSinceUs: 0,
      window: undefined,
    };
    this.#devices.set(name, device);
    this.#byId.set(id, device);
    this.#deviceCount++;
    return device;
  }

  /** @param about `id` is the store's number; none for a series that is new */
  addSeries(
    device: DeviceRecord,
    about: { sensor: string; judge: Judge; id?: number },
  ): SeriesRecord {
    const { sensor, judge, id = this.#lastSeries + 1 } = about;
    this.#lastSeries = Math.max(this.#lastSeries, id);
    const series: SeriesRecord = {
      id,
      device,
      sensor,
      index: device.series.length,
      judge,
      type: undefined,
      unit: undefined,
      min: undefined,
      max: undefined,
      highUs: Number.NEGATIVE_INFINITY,
      latest: undefined,
      alarm: createAlarmLane(),
      backfillAlarm: createAlarmLane(),
      futureUs: Number.NEGATIVE_INFINITY,
      bandUs: Number.NEGATIVE_INFINITY,
    };
    device.series.push(series);
    device.bySensor.set(sensor, series);
    this.#series[id] = series;
    this.#seriesCount++;
    return series;
  }
}

/** Long enough to pack well; spread by device, so that a fleet in step is not packed all at once. */
function tailLimit(device: DeviceRecord): number {
  const spread = (device.id * 37) % (TAIL_READINGS / 2);
  return Math.max(TAIL_READINGS + spread, TAIL_READINGS_PER_SERIES * device.series.length);
}

/** Takes over what a device says of itself. @returns whether anything was new */
export function applyCard(
  device: DeviceRecord,
  card: Omit<DeviceCard, 'device' | 'sensors'>,
): boolean {
  const { parent = device.parent, name = device.title, site = device.site } = card;
  const isNew = parent !== device.parent || name !== device.title || site !== device.site;
  device.parent = parent;
  device.title = name;
  device.site = site;
  return isNew;
}

/** Takes over what is said of a sensor. @returns whether anything was new */
export function applySensorCard(
  series: SeriesRecord,
  card: {
    readonly type?: string | undefined;
    readonly unit?: string | undefined;
    readonly min?: number;
    readonly max?: number;
  },
): boolean {
  const { type = series.type, unit = series.unit, min = series.min, max = series.max } = card;
  const isNew =
    type !== series.type || unit !== series.unit || min !== series.min || max !== series.max;
  series.type = type;
  series.unit = unit;
  series.min = min;
  series.max = max;
  return isNew;
}
