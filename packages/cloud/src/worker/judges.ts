/**
 * The judges of the devices that the cloud judges, one DeviceJudge each, the same as on an agent.
 *
 * They are restored when a device is first needed: its snapshots, then its tail's readings in the order they were
 * judged. Snapshots and tail are always of one moment (store.pack), so that a restored judge goes on as if nothing had
 * happened. A snapshot of another detector version is discarded, and its series warms up again from what is in the tail.
 */
import type { Log } from '@fernsight/base';
import {
  createJointVerdict,
  createVerdict,
  DeviceJudge,
  type DeviceOptions,
  ReadingError,
  SnapshotError,
} from '@fernsight/detect';
import { isAnomaly, isScored } from '../store/marks.ts';
import { type DeviceRecord, JOINT_SENSOR } from '../store/registry.ts';
import type { Snapshots, StoreWriter } from '../store/store.ts';
import { countInWindow } from './windows.ts';

export class Judges {
  readonly #store: StoreWriter;
  readonly #budgetPerWeek: number | undefined;
  readonly #log: Log;
  readonly #judges = new Map<DeviceRecord, DeviceJudge>();
  readonly #verdict = createVerdict();
  readonly #joint = createJointVerdict();

  constructor(store: StoreWriter, log: Log, budgetPerWeek: number | undefined) {
    this.#store = store;
    this.#log = log;
    this.#budgetPerWeek = budgetPerWeek;
  }

  /** @returns the device's judge where it is in memory: no waiting on the hot path */
  ready(device: DeviceRecord): DeviceJudge | undefined {
    return this.#judges.get(device);
  }

  /** @returns the device's judge as its readings so far left it */
  async restore(device: DeviceRecord): Promise<DeviceJudge> {
    const judge = new DeviceJudge(this.#optionsFor(device));
    if (device.packedTo > 0)
      this.#restoreSnapshots(judge, device, await this.#store.snapshotsOf(device));
    device.tail.each(({ series: index, tsUs, value, steps, mark }) => {
      const series = device.series[index];
      if (series === undefined || series.judge !== 'cloud' || !isScored(mark)) return;
      if (series.sensor === JOINT_SENSOR) return;
      judge.judge(series.sensor, tsUs, value, this.#verdict, this.#joint);
      countInWindow(device, { tsUs, steps, anomaly: isAnomaly(mark) });
    });
    this.#judges.set(device, judge);
    return judge;
  }

  /** @returns the state to store with the device's tail; empty for a device that the cloud does not judge */
  async snapshots(device: DeviceRecord): Promise<Snapshots> {
    const snapshots = new Map<string, Uint8Array>();
    if (!device.series.some((series) => series.judge === 'cloud')) return snapshots;
    const judge = this.#judges.get(device) ?? (await this.restore(device));
    for (const sensor of judge.sensors()) {
      const bytes = judge.seriesSnapshot(sensor);
      if (bytes !== undefined) snapshots.set(sensor, bytes);
    }
    if (snapshots.size > 0) snapshots.set(JOINT_SENSOR, judge.jointSnapshot());
    return snapshots;
  }

  #restoreSnapshots(judge: DeviceJudge, device: DeviceRecord, snapshots: Snapshots): void {
    for (const [sensor, bytes] of snapshots) {
      try {
        if (sensor === JOINT_SENSOR) judge.restoreJoint(bytes);
        else judge.restoreSeries(sensor, bytes);
      } catch (error) {
        if (!(error instanceof SnapshotError)) throw error;
        this.#log.warn('a judge warms up again: its snapshot is of no use', {
          device: device.name,
          sensor,
          reason: error.reason,
        });
      }
    }
  }

  #optionsFor(device: DeviceRecord): DeviceOptions {
    return {
      budgetPerWeek: this.#budgetPerWeek,
      limits: (sensor) => {
        const series = device.bySensor.get(sensor);
        if (series?.min === undefined || series.max === undefined) return undefined;
        return { min: series.min, max: series.max };
      },
    };
  }
}

/** @returns whether the judge took the reading; one from before 1970 has no place in its state */
export function isReadingError(error: unknown): error is ReadingError {
  return error instanceof ReadingError;
}
