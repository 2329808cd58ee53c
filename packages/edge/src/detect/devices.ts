/**
 * All devices of the agent: itself and its children, made at their first reading, restored from the outbox on boot.
 *
 * Restoring puts each device's judges back to their last snapshot and judges again, in order, every reading that was
 * committed after it. From then on the verdicts are those of a run that was never disturbed (I5).
 */
import { isName, type Log, PackFault } from '@fernsight/base';
import { createJointVerdict, createVerdict, SnapshotError } from '@fernsight/detect';
import { DEVICES_MAX } from '../limits.ts';
import { type Body, STAGE_NAMES, stageIndex, UNLEARNT } from '../outbox/body.ts';
import { DEVICE_KEY, parseDeviceState } from '../outbox/counts.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { Device, type Judged, type Judging } from './device.ts';
import { Window } from './window.ts';

const READY = STAGE_NAMES.indexOf('ready');

export interface DevicesOptions {
  readonly windowUs: number;
  /** how a device's series are judged */
  readonly judging: (device: string) => Judging;
  readonly log: Log;
}

export class Devices {
  readonly #options: DevicesOptions;
  readonly #devices = new Map<string, Device>();
  readonly #scratch = {
    judged: {
      tsUs: 0,
      stage: 0,
      scored: false,
      unlearnt: false,
      rowClosed: false,
    } satisfies Judged,
    verdict: createVerdict(),
    joint: createJointVerdict(),
  };

  constructor(options: DevicesOptions) {
    this.#options = options;
  }

  /** a snapshot did not fit: with it went what regions it held */
  isForgetful = false;

  get all(): Iterable<Device> {
    return this.#devices.values();
  }

  get(name: string): Device | undefined {
    return this.#devices.get(name);
  }

  /** @returns the device, made if need be; undefined beyond DEVICES_MAX */
  admit(name: string): Device | undefined {
    const known = this.#devices.get(name);
    if (known !== undefined || this.#devices.size >= DEVICES_MAX) return known;
    return this.#make(name, undefined);
  }

  seriesCount(sensorType: string): number {
    let count = 0;
    for (const device of this.#devices.values()) count += device.seriesCount(sensorType);
    return count;
  }

  beginTrial(sensorType: string): void {
    for (const device of this.#devices.values()) device.beginTrial(sensorType);
  }

  endTrial(sensorType: string, taken: boolean): void {
    for (const device of this.#devices.values()) device.endTrial(sensorType, taken);
  }

  withdraw(sensorType: string): void {
    for (const device of this.#devices.values()) device.withdraw(sensorType);
  }

  /** index of the oldest reading that a restart would need; Infinity for none */
  keepFrom(): number {
    let from = Number.POSITIVE_INFINITY;
    for (const device of this.#devices.values()) from = Math.min(from, device.keepFrom);
    return from;
  }

  /** the same once snapshots of `due` are committed */
  keepFromAfter(due: readonly Device[]): number {
    let from = Number.POSITIVE_INFINITY;
    for (const device of this.#devices.values()) {
      if (!due.includes(device)) from = Math.min(from, device.keepFrom);
    }
    return from;
  }

  /** the latest time, in the judges' count, of a reading that the agent stamped; -Infinity for none */
  lastOwnUs(): number {
    let lastUs = Number.NEGATIVE_INFINITY;
    for (const device of this.#devices.values()) lastUs = Math.max(lastUs, device.lastOwnUs);
    return lastUs;
  }

  /** @returns how many readings were judged again */
  restore(outbox: Outbox): number {
    const states = outbox.stateRows();
    const at = new Map<string, number>();
    for (const [key, value] of states) {
      const name = key.slice(DEVICE_KEY.length);
      // what was no name was once kept as one, and the cloud refuses any batch that tells of it
      if (!key.startsWith(DEVICE_KEY) || !isName(name)) continue;
      const device = this.#make(name, value);
      at.set(device.name, device.since);
    }
    for (const snapshot of outbox.snapshots()) {
      this.#restoreDevice(snapshot, states.get(DEVICE_KEY + snapshot.device));
      at.set(snapshot.device, snapshot.at);
    }
    return this.#replay(outbox, at);
  }

  #make(name: string, state: string | undefined): Device {
    const { windowUs, judging } = this.#options;
    const kept = state === undefined ? undefined : parseDeviceState(state);
    const device = new Device(name, judging(name), new Window(name, windowUs, kept?.window));
    device.since = kept?.since ?? Number.POSITIVE_INFINITY;
    device.taken = kept?.taken ?? 0;
    device.invalid = kept?.invalid ?? 0;
    this.#devices.set(name, device);
    return device;
  }

  /** A snapshot that does not fit this version is thrown away: its series warm up again from the readings after it. */
  #restoreDevice(
    snapshot: { readonly device: string; readonly bytes: Uint8Array },
    state: string | undefined,
  ): void {
    const device = this.#make(snapshot.device, state);
    try {
      device.restore(snapshot.bytes);
    } catch (error) {
      if (!(error instanceof SnapshotError || error instanceof PackFault)) throw error;
      const { message: reason } = error;
      const fields = { device: snapshot.device, reason };
      this.isForgetful = true;
      this.#options.log.warn('a detector snapshot does not fit; its series warm up again', fields);
      this.#make(snapshot.device, state);
    }
  }

  #replay(outbox: Outbox, at: ReadonlyMap<string, number>): number {
    const from = Math.min(...at.values());
    if (from === Number.POSITIVE_INFINITY) return 0;
    let count = 0;
    for (const { card, shiftUs } of outbox.rowsFrom(from)) {
      if (card.first + card.count <= from) continue;
      count += this.#replayBody(outbox.bodyOf(card.first), { card, shiftUs, at });
    }
    return count;
  }

  #replayBody(
    body: Body,
    row: {
      readonly card: { readonly first: number; readonly count: number };
      readonly shiftUs: number;
      readonly at: ReadonlyMap<string, number>;
    },
  ): number {
    const { seriesAt, rowAt } = orderOf(body, row.card.count);
    let count = 0;
    for (let offset = 0; offset < row.card.count; offset++) {
      const run = body.series[(seriesAt[offset] ?? 0) - 1];
      if (run === undefined) continue;
      const device = this.#devices.get(run.device) ?? this.#make(run.device, undefined);
      const index = row.card.first + offset;
      if (index < (row.at.get(run.device) ?? 0)) continue;
      if (index < device.keepFrom) device.keepFrom = index;
      const at = rowAt[offset] ?? 0;
      if (stageIndex(run.stage[at] ?? 0) > READY) continue;
      const { sensor, ownClock } = run;
      const shiftUs = ownClock ? row.shiftUs : 0;
      const tsUs = run.tsUs[at] ?? 0;
      const unlearnt = ((run.stage[at] ?? 0) & UNLEARNT) !== 0;
      const value = run.value[at] ?? 0;
      device.replay({ sensor, ownClock, shiftUs, tsUs, value, unlearnt }, this.#scratch);
      count++;
    }
    return count;
  }
}

/** @returns for each offset of a row the number of its series (from 1) and its row in it */
function orderOf(body: Body, count: number): { seriesAt: Uint16Array; rowAt: Uint32Array } {
  const seriesAt = new Uint16Array(count);
  const rowAt = new Uint32Array(count);
  for (const [index, run] of body.series.entries()) {
    for (let row = 0; row < run.offset.length; row++) {
      const offset = run.offset[row] ?? 0;
      seriesAt[offset] = index + 1;
      rowAt[offset] = row;
    }
  }
  return { seriesAt, rowAt };
}
