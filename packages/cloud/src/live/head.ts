/**
 * The head: the newest of everything, in memory, beside the HTTP server. Latest values, the live feed and the totals come
 * from here and never ask the store. It is filled from the store at a start and then by every parcel that became durable.
 */
import { type Clock, US_PER_MS } from '@fernsight/base';
import type { Anomaly, FleetDevice, FleetTotals, LatestPoint } from '@fernsight/wire';
import type { Parcel } from '../ingest/parcel.ts';
import { DEVICE_FRAME_POINTS_MAX, FRAME_ANOMALIES_MAX } from '../limits.ts';
import { isTimely } from '../store/marks.ts';
import { JOINT_SENSOR, type Judge, type Latest } from '../store/registry.ts';
import type { AnomalyMinute } from '../store/store.ts';
import type { DeviceView } from '../worker/deviceView.ts';
import { NOT_STORED, type Outcome } from '../worker/outcome.ts';
import { AnomalyClock } from './anomalyClock.ts';
import {
  createHeadDevice,
  fleetDeviceOf,
  fleetTextOf,
  type HeadDevice,
  isInView,
  pointOf,
} from './headDevice.ts';

/** When a device counts as offline, and when it leaves the fleet view; both by receipt. */
export interface Patience {
  readonly offlineAfterMs: number;
  readonly pruneAfterMs: number;
}

/** What changed since it was last asked. */
export interface Changes {
  /** JSON of each device */
  readonly devices: string[];
  readonly gone: string[];
  readonly anomalies: Anomaly[];
}

/** A device fell silent, or was heard again. */
export interface Silence {
  readonly device: string;
  readonly silent: boolean;
  /** receipt of its last reading before, or of the first one since */
  readonly sinceUs: number;
}

export class Head {
  readonly #devices = new Map<string, HeadDevice>();
  readonly #changed = new Set<HeadDevice>();
  readonly #gone = new Set<string>();
  readonly #watched = new Map<string, LatestPoint[]>();
  readonly #anomalyClock = new AnomalyClock();
  #anomalies: Anomaly[] = [];
  #silences: Silence[] = [];
  /** by name; made again when a device is new */
  #sorted: HeadDevice[] | undefined;
  #patience: Patience;
  readonly #clock: Clock;
  #readings = 0;
  #seriesCount = 0;
  #rate = 0;
  #version = 0;

  constructor(patience: Patience, clock: Clock) {
    this.#patience = patience;
    this.#clock = clock;
  }

  /** Takes over what the store knows at a start. */
  load(views: readonly DeviceView[], minutes: readonly AnomalyMinute[]): void {
    for (const view of views) {
      const isAgent = view.ledger.agent !== undefined;
      // who sends window summaries alone is in the statistics, not in the view of the newest readings
      if (view.series.length === 0 && !isAgent) continue;
      const judge = view.series[0]?.judge ?? (isAgent ? 'agent' : 'cloud');
      const device = this.#deviceOf(view.name, judge);
      device.parent = view.parent;
      device.site = view.site;
      device.seenUs = view.seenUs;
      const silentUs = Math.max(0, this.#clock.nowUs() - view.seenUs);
      device.heardMs = this.#clock.monotonicMs() - silentUs / US_PER_MS;
      // it left before this start, and is not told of again
      if (silentUs / US_PER_MS >= this.#patience.pruneAfterMs) device.status = 'pruned';
      device.anomalyCount = view.ledger.anomalies;
      this.#readings += view.ledger.stored;
      for (const { sensor, unit, latest } of view.series) {
        if (unit !== undefined) device.units.set(sensor, unit);
        if (sensor === JOINT_SENSOR || latest === undefined) continue;
        device.sensors.set(sensor, { sensor, unit, latest });
        this.#seriesCount++;
      }
    }
    for (const minute of minutes) this.#anomalyClock.add(minute.minuteUs, minute);
  }

  get patience(): Patience {
    return this.#patience;
  }

  set patience(patience: Patience) {
    this.#patience = patience;
  }

  /** another after every change of any device */
  get version(): number {
    return this.#version;
  }

  /** readings stored since the beginning */
  get readingCount(): number {
    return this.#readings;
  }

  /** Keeps the readings of a device for its viewers until they are taken. */
  watch(device: string): void {
    if (!this.#watched.has(device)) this.#watched.set(device, []);
  }

  unwatch(device: string): void {
    this.#watched.delete(device);
  }

  /** @returns the readings of a watched device since the last call */
  takePoints(device: string): LatestPoint[] {
    const points = this.#watched.get(device) ?? [];
    if (points.length > 0) this.#watched.set(device, []);
    return points;
  }

  /** Takes up what became of a parcel. O(runs), O(readings) for a watched device */
  took(parcel: Parcel, outcome: Outcome): void {
    this.#readings += outcome.stored;
    const judge: Judge = parcel.kind === 'agent' ? 'agent' : 'cloud';
    if (parcel.kind === 'agent') this.#announce(parcel);
    for (const run of parcel.runs) {
      // of a device that there was no room for nothing is stored
      if (!this.#devices.has(run.device) && !isAnyStored(run, outcome)) continue;
      const device = this.#deviceOf(run.device, judge);
      this.#seen(device, parcel.receivedUs);
      if (run.unit !== undefined) device.units.set(run.sensor, run.unit);
      const unit = device.units.get(run.sensor);
      this.#tookRun(device, { ...run, unit }, { parcel, outcome });
    }
    for (const tally of outcome.tallies) {
      const device = this.#deviceOf(tally.device, judge);
      device.anomalyCount += tally.anomalies;
      this.#touch(device);
      this.#anomalyClock.add(tally.minuteUs, { anomalies: tally.told, alarms: 0 });
    }
    for (const anomaly of outcome.anomalies) {
      if (this.#anomalies.length < FRAME_ANOMALIES_MAX) this.#anomalies.push(anomaly);
    }
    for (const { on, tsUs } of outcome.edges) {
      if (on) this.#anomalyClock.add(tsUs, { anomalies: 0, alarms: 1 });
    }
  }

  /** Moves devices to offline and out of view whose time has come. O(devices) */
  look(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const device of this.#devices.values()) this.#judgeStatus(device, nowMs);
  }

  /** @returns what changed since the last call */
  takeChanges(): Changes {
    const devices = Array.from(this.#changed, fleetTextOf).filter((text) => text !== undefined);
    const changes = { devices, gone: [...this.#gone], anomalies: this.#anomalies };
    this.#changed.clear();
    this.#gone.clear();
    this.#anomalies = [];
    return changes;
  }

  /** @returns the devices in view that are offline */
  silentDevices(): string[] {
    this.look();
    const devices = this.byName().filter((device) => isInView(device));
    return devices.filter(({ status }) => status === 'offline').map(({ name }) => name);
  }

  /** @returns the devices that fell silent or were heard again since the last call */
  takeSilences(): Silence[] {
    const silences = this.#silences;
    this.#silences = [];
    return silences;
  }

  /** @returns the agent behind which a device stands, if any */
  parentOf(device: string): string | undefined {
    return this.#devices.get(device)?.parent;
  }

  /** @returns the devices in view behind a name, sorted by name, at most so many. O(devices in the page + log devices) */
  page(after: string, limit: number): FleetDevice[] {
    const devices = this.byName();
    const page: FleetDevice[] = [];
    const nowMs = this.#clock.monotonicMs();
    for (let at = firstAfter(devices, after); at < devices.length && page.length < limit; at++) {
      const device = devices[at];
      if (device === undefined) break;
      this.#judgeStatus(device, nowMs);
      const shown = fleetDeviceOf(device);
      if (shown !== undefined) page.push(shown);
    }
    return page;
  }

  /** @returns all devices in view, sorted by name */
  fleet(): FleetDevice[] {
    return this.page('', Number.POSITIVE_INFINITY);
  }

  /** @returns JSON of all devices in view, sorted by name; of those that changed it is made, of the others it was kept */
  fleetTexts(): string[] {
    this.look();
    return Array.from(this.byName(), fleetTextOf).filter((text) => text !== undefined);
  }

  /** @returns all devices, sorted by name; another list once a device is new */
  byName(): readonly HeadDevice[] {
    this.#sorted ??= [...this.#devices.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return this.#sorted;
  }

  /** @param rate readings a second, as the feed measured them */
  setRate(rate: number): void {
    this.#rate = rate;
  }

  totals(nowUs: number): FleetTotals {
    let [deviceCount, onlineCount] = [0, 0];
    for (const { status } of this.#devices.values()) {
      if (status !== 'pruned') deviceCount++;
      if (status === 'online') onlineCount++;
    }
    return {
      deviceCount,
      onlineCount,
      seriesCount: this.#seriesCount,
      readingCount: this.#readings,
      readingsPerSecond: this.#rate,
      ...this.#anomalyClock.totals(nowUs),
    };
  }

  #announce(parcel: Parcel & { kind: 'agent' }): void {
    for (const card of parcel.cards) {
      const device = this.#deviceOf(card.device, 'agent');
      device.parent = card.parent ?? (card.device === parcel.agent ? device.parent : parcel.agent);
      device.site = card.site ?? device.site;
      for (const { sensor, unit } of card.sensors)
        if (unit !== undefined) device.units.set(sensor, unit);
      this.#touch(device);
    }
    this.#seen(this.#deviceOf(parcel.agent, 'agent'), parcel.receivedUs);
  }

  #tookRun(
    device: HeadDevice,
    run: Parcel['runs'][number],
    { parcel, outcome }: { readonly parcel: Parcel; readonly outcome: Outcome },
  ): void {
    const watched = this.#watched.get(device.name);
    let newest = device.sensors.get(run.sensor)?.latest;
    for (let row = run.first; row < run.first + run.count; row++) {
      const mark = outcome.marks[row] ?? NOT_STORED;
      if (mark === NOT_STORED || !isTimely(mark)) continue;
      const tsUs = parcel.tsUs[row] ?? 0;
      const isNewest = newest === undefined || tsUs > newest.tsUs;
      if (!isNewest && watched === undefined) continue;
      const latest = latestOf(parcel, outcome, row);
      if (watched !== undefined) {
        watched.push(pointOf({ sensor: run.sensor, unit: run.unit, latest }));
        if (watched.length > DEVICE_FRAME_POINTS_MAX) watched.shift();
      }
      if (isNewest) newest = latest;
    }
    if (newest === undefined) return;
    const sensor = device.sensors.get(run.sensor);
    if (sensor === undefined) {
      this.#seriesCount++;
      device.sensors.set(run.sensor, { sensor: run.sensor, unit: run.unit, latest: newest });
    } else {
      sensor.latest = newest;
      sensor.unit = run.unit;
    }
  }

  #seen(device: HeadDevice, receivedUs: number): void {
    device.seenUs = Math.max(device.seenUs, receivedUs);
    device.heardMs = this.#clock.monotonicMs();
    if (device.status !== 'online') {
      this.#silences.push({ device: device.name, silent: false, sinceUs: receivedUs });
    }
    device.status = 'online';
    this.#gone.delete(device.name);
    this.#touch(device);
  }

  /** A wall clock that steps makes nobody silent, and wakes nobody. */
  #judgeStatus(device: HeadDevice, nowMs: number): void {
    const silentMs = nowMs - device.heardMs;
    const { offlineAfterMs, pruneAfterMs } = this.#patience;
    const status =
      silentMs >= pruneAfterMs ? 'pruned' : silentMs >= offlineAfterMs ? 'offline' : 'online';
    if (status === device.status) return;
    if (device.status === 'online') {
      this.#silences.push({ device: device.name, silent: true, sinceUs: device.seenUs });
    }
    device.status = status;
    this.#touch(device);
    if (status === 'pruned') this.#gone.add(device.name);
  }

  /** What was kept of a device no longer holds. */
  #touch(device: HeadDevice): void {
    device.text = undefined;
    device.version = ++this.#version;
    this.#changed.add(device);
  }

  #deviceOf(name: string, judge: Judge): HeadDevice {
    const known = this.#devices.get(name);
    if (known !== undefined) return known;
    const fresh = createHeadDevice(name, judge);
    this.#sorted = undefined;
    this.#devices.set(name, fresh);
    return fresh;
  }
}

function latestOf(parcel: Parcel, outcome: Outcome, row: number): Latest {
  return {
    tsUs: parcel.tsUs[row] ?? 0,
    value: parcel.value[row] ?? 0,
    steps: outcome.steps[row] ?? 0,
    mark: outcome.marks[row] ?? 0,
    expected: outcome.expected[row] ?? Number.NaN,
    lower: outcome.lower[row] ?? Number.NaN,
    upper: outcome.upper[row] ?? Number.NaN,
  };
}

/** @returns the place of the first device whose name is behind `name`. O(log devices) */
function firstAfter(devices: readonly HeadDevice[], name: string): number {
  let [low, high] = [0, devices.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((devices[middle]?.name ?? '') > name) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** @returns whether a reading of the run is stored. O(rows up to the first) */
function isAnyStored(
  { first, count }: { readonly first: number; readonly count: number },
  { marks }: Outcome,
): boolean {
  for (let row = first; row < first + count; row++) if (marks[row] !== NOT_STORED) return true;
  return false;
}
