/**
 * The judges of the devices that the cloud judges, one DeviceJudge each, the same as on an agent.
 *
 * They are restored when a device is first needed: its snapshots, then its tail's readings in the order they were
 * judged. Snapshots and tail are always of one moment (store.pack), so that a restored judge goes on as if nothing had
 * happened. A snapshot of another detector version is discarded, and the device warms up again
 * from its newest stored readings.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Log } from '@fernsight/base';
import {
  createJointVerdict,
  createVerdict,
  DeviceJudge,
  type DeviceOptions,
  ReadingError,
  type Region,
  SnapshotError,
} from '@fernsight/detect';
import { JUDGED_DEVICES_MAX, WARM_READINGS } from '../limits.ts';
import { isAnomaly, isScored, isUnlearnt } from '../store/marks.ts';
import { type DeviceRecord, JOINT_SENSOR, type SeriesRecord } from '../store/registry.ts';
import type { Snapshots, StoreWriter } from '../store/store.ts';
import { DeviceModels, type JudgeModels, MODELS_KEY } from './deviceModels.ts';
import { countInWindow } from './windows.ts';

export interface JudgesOptions {
  readonly budgetPerWeek?: number | undefined;
  /** devices whose judges stay in memory */
  readonly devicesMax?: number | undefined;
  /** absent: everything is judged by what ships */
  readonly models?: JudgeModels | undefined;
}

export class Judges {
  readonly #store: StoreWriter;
  readonly #budgetPerWeek: number | undefined;
  readonly #devicesMax: number;
  readonly #log: Log;
  readonly #models: DeviceModels;
  readonly #judges = new Map<DeviceRecord, DeviceJudge>();
  readonly #verdict = createVerdict();
  readonly #joint = createJointVerdict();

  constructor(
    store: StoreWriter,
    log: Log,
    { budgetPerWeek, devicesMax = JUDGED_DEVICES_MAX, models }: JudgesOptions,
  ) {
    this.#store = store;
    this.#log = log;
    this.#budgetPerWeek = budgetPerWeek;
    this.#devicesMax = devicesMax;
    this.#models = new DeviceModels(models);
  }

  /** @returns the device's judge where it is in memory: no waiting on the hot path */
  ready(device: DeviceRecord): DeviceJudge | undefined {
    return this.#judges.get(device);
  }

  /** @returns the device's judge as its readings so far left it */
  async restore(device: DeviceRecord): Promise<DeviceJudge> {
    const judge = (await this.#fromSnapshots(device)) ?? (await this.#fromReadings(device));
    device.tail.each(({ series: index, tsUs, value, steps, mark }) => {
      const series = device.series[index];
      if (series === undefined || !isJudgedHere(series) || !isScored(mark)) return;
      if (!isUnlearnt(mark)) judge.judge(series.sensor, tsUs, value, this.#verdict, this.#joint);
      countInWindow(device, { tsUs, steps, anomaly: isAnomaly(mark) });
    });
    this.#judges.set(device, judge);
    return judge;
  }

  /** Puts a series' suppression regions in place. @returns whether they are others than before: then the device must be packed before it is judged on */
  async suppress(series: SeriesRecord, regions: readonly Region[]): Promise<boolean> {
    const judge = this.#judges.get(series.device) ?? (await this.restore(series.device));
    const isJoint = series.sensor === JOINT_SENSOR;
    const before = isJoint ? judge.jointRegions() : judge.regions(series.sensor);
    if (isDeepStrictEqual(before, regions)) return false;
    if (isJoint) judge.suppressJoint(regions);
    else judge.suppress(series.sensor, regions);
    return true;
  }

  /** Lets go of the judges of devices that were just packed, while there are more than fit: the store has their state. */
  letGo(devices: Iterable<DeviceRecord>): void {
    for (const device of devices) {
      if (this.#judges.size <= this.#devicesMax) return;
      this.#judges.delete(device);
    }
  }

  /** @returns the hash that judges a series, null for what ships; undefined where nothing judged it since the start */
  modelOf({ device, sensor, judge }: SeriesRecord): string | null | undefined {
    if (judge !== 'cloud' || !this.#judges.has(device)) return undefined;
    return this.#models.hashFor(device, sensor);
  }

  /** Forgets what a device's judge learnt. */
  forget(device: DeviceRecord): void {
    this.#judges.delete(device);
  }

  /** @returns the state to store with the device's tail; empty for a device that the cloud does not judge */
  async snapshots(device: DeviceRecord): Promise<Snapshots> {
    const snapshots = new Map<string, Uint8Array>();
    if (!device.series.some((series) => series.judge === 'cloud')) return snapshots;
    const judge = this.#judges.get(device) ?? (await this.restore(device));
    const models = this.#models.change(device, judge);
    for (const sensor of judge.sensors()) {
      const bytes = judge.seriesSnapshot(sensor);
      if (bytes !== undefined) snapshots.set(sensor, bytes);
    }
    if (snapshots.size > 0) {
      snapshots.set(JOINT_SENSOR, judge.jointSnapshot());
      snapshots.set(MODELS_KEY, models);
    }
    return snapshots;
  }

  /** @returns undefined where a snapshot is of no use: of another detector version, or damaged */
  async #fromSnapshots(device: DeviceRecord): Promise<DeviceJudge | undefined> {
    const judge = new DeviceJudge(this.#optionsFor(device));
    if (device.packedTo === 0) return judge;
    try {
      const snapshots = await this.#store.snapshotsOf(device);
      this.#models.restore(device, snapshots.get(MODELS_KEY));
      for (const [sensor, bytes] of snapshots) {
        if (sensor === MODELS_KEY) continue;
        if (sensor === JOINT_SENSOR) judge.restoreJoint(bytes);
        else judge.restoreSeries(sensor, bytes);
      }
      return judge;
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      const { reason } = error;
      this.#log.warn('a device warms up again: its snapshot is of no use', {
        device: device.name,
        reason,
      });
      return undefined;
    }
  }

  /** Warms a fresh judge with the newest stored readings, across the sensors by their stamps. */
  async #fromReadings(device: DeviceRecord): Promise<DeviceJudge> {
    const judge = new DeviceJudge(this.#optionsFor(device));
    const readings: { sensor: string; tsUs: number; value: number }[] = [];
    for (const series of device.series.filter(isJudgedHere)) {
      const {
        tsUs: stamps,
        value: values,
        marks,
      } = await this.#store.recent(series, WARM_READINGS);
      for (const [row, tsUs] of stamps.entries()) {
        if (isScored(marks[row] ?? 0) && !isUnlearnt(marks[row] ?? 0))
          readings.push({ sensor: series.sensor, tsUs, value: values[row] ?? 0 });
      }
    }
    readings.sort((a, b) => a.tsUs - b.tsUs);
    for (const { sensor, tsUs, value } of readings)
      judge.judge(sensor, tsUs, value, this.#verdict, this.#joint);
    return judge;
  }

  #optionsFor(device: DeviceRecord): DeviceOptions {
    return {
      budgetPerWeek: this.#budgetPerWeek,
      forestFor: this.#models.forestFor(device),
      limits: (sensor) => {
        const series = device.bySensor.get(sensor);
        return series === undefined ? undefined : { min: series.min, max: series.max };
      },
    };
  }
}

function isJudgedHere({ judge, sensor }: SeriesRecord): boolean {
  return judge === 'cloud' && sensor !== JOINT_SENSOR;
}

/** @returns whether the judge took the reading; one from before 1970 has no place in its state */
export function isReadingError(error: unknown): error is ReadingError {
  return error instanceof ReadingError;
}
