/**
 * From a taken reading to the outbox: check, stamp, judge, append; and the commits that make it durable.
 *
 * Everything here is synchronous, so that a reading is either wholly in the next commit or not at all. A commit that
 * fails (a full disk) loses nothing: the tail keeps its readings in memory and the next commit carries them; once the
 * tail is full, readings are still judged, and numbered as `dropped`.
 */
import { type Clock, createEpoch, errorMessage, isName, type Log, type Rng } from '@fernsight/base';
import { createJointVerdict, createVerdict, SCORE_STEPS, type Verdict } from '@fernsight/detect';
import type { AgentStatus, BatchReply, WindowSummary } from '@fernsight/wire/agent';
import { Anchor } from './clock/anchor.ts';
import type { Cards } from './detect/cards.ts';
import type { Device, Judged } from './detect/device.ts';
import type { Devices } from './detect/devices.ts';
import { MAINTENANCE_KEY, type Maintenance } from './detect/maintenance.ts';
import { COMMIT_INTERVAL_MS } from './limits.ts';
import type { AgentModels } from './model/agentModels.ts';
import { DEVICE_KEY } from './outbox/counts.ts';
import type { Outbox } from './outbox/outbox.ts';
import { RUN_KEY, type RunMark } from './outbox/runMark.ts';
import { isDamage, isSqliteError } from './outbox/sqliteError.ts';
import type { Invalid, Taken } from './source/source.ts';

/** Keys of the outbox's state rows that hold positions of sources. */
const SOURCE_KEY = 'source/';
/** Key of the one that holds the version of the suppression regions. */
const SUPPRESSION_KEY = 'suppression';

export interface IntakeOptions {
  readonly agent: string;
  readonly outbox: Outbox;
  readonly devices: Devices;
  readonly cards: Cards;
  readonly runMark: RunMark;
  readonly models: AgentModels;
  readonly maintenance: Maintenance;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
}

/** A reading as it went into the outbox; the record and its verdict are reused. */
export interface Seen {
  device: string;
  sensor: string;
  tsUs: number;
  value: number;
  /** whether the verdict is one */
  scored: boolean;
  /** taken in maintenance: judged, and not learnt */
  unlearnt: boolean;
  readonly verdict: Verdict;
}

export class Intake {
  readonly #options: IntakeOptions;
  readonly #judged: Judged = {
    tsUs: 0,
    stage: 0,
    scored: false,
    unlearnt: false,
    rowClosed: false,
  };
  readonly #verdict = createVerdict();
  readonly #joint = createJointVerdict();
  readonly #out = { judged: this.#judged, verdict: this.#verdict, joint: this.#joint };
  readonly #seen: Seen;
  readonly #reading = { device: '', sensor: '', tsUs: 0, value: 0, stage: 0, ownClock: false };
  readonly #moment = { nowUs: 0, shiftUs: 0, monotonicMs: 0, index: 0 };
  readonly #positions = new Map<string, string>();
  #summaries: WindowSummary[] = [];
  #anchor: Anchor;
  #suppressionVersion: number | undefined;
  #versionChanged = false;
  #windowsChanged = false;
  #roomy = true;
  #fault: string | undefined;
  #retryMs = 0;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#seen = {
      device: '',
      sensor: '',
      tsUs: 0,
      value: 0,
      scored: false,
      unlearnt: false,
      verdict: this.#verdict,
    };
    this.#anchor = new Anchor(options.clock, options.devices.lastOwnUs());
    const version = options.outbox.stateRows().get(SUPPRESSION_KEY);
    if (version !== undefined && !options.devices.isForgetful) {
      this.#suppressionVersion = Number(version);
    }
    this.#beginEpoch(this.#anchor);
  }

  /** why the outbox does not take commits, while it does not */
  get fault(): string | undefined {
    return this.#fault;
  }

  /**
   * Makes room for a block, by a commit where need be: within a block there is none, so that readings and the position
   * after them are durable together.
   * @returns whether there is room; a source that can wait should, where there is none
   */
  makeRoom(count: number): boolean {
    const { outbox } = this.#options;
    this.#roomy = !outbox.bound.closed && (outbox.hasRoom(count) || this.#tryCommit());
    return this.#roomy;
  }

  /** A full disk is not asked again for each reading. */
  #tryCommit(): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#fault !== undefined && nowMs < this.#retryMs) return false;
    this.#retryMs = nowMs + COMMIT_INTERVAL_MS;
    return this.commit(true);
  }

  /** Takes the time once for the readings that follow: a block of a source shares it. */
  now(): void {
    this.#moment.nowUs = this.#anchor.nowUs();
    this.#moment.shiftUs = this.#anchor.shiftUs;
    this.#moment.monotonicMs = this.#options.clock.monotonicMs();
  }

  nowUs(): number {
    return this.#anchor.nowUs();
  }

  /**
   * Judges a reading and puts it into the outbox's tail, or counts it as dropped where `makeRoom` found no room.
   * @returns what became of it, or undefined where it is no reading: that is counted
   */
  take(taken: Taken): Seen | undefined {
    const { agent, outbox } = this.#options;
    const name = taken.device ?? agent;
    const device = this.#admit(name, taken);
    if (device === undefined) return undefined;
    this.#moment.index = outbox.next;
    device.take(taken, this.#moment, this.#out);
    const { tsUs, scored, rowClosed } = this.#judged;
    if (this.#roomy) this.#append(taken, name);
    else outbox.appendGone(name);
    if (rowClosed && this.#roomy) outbox.appendJoint(name, this.#joint);
    if (scored) this.#count(device, tsUs);
    this.#decideTrial(name, taken.sensor);
    const seen = this.#seen;
    seen.device = name;
    seen.sensor = taken.sensor;
    seen.tsUs = tsUs;
    seen.value = taken.value;
    seen.scored = scored;
    seen.unlearnt = this.#judged.unlearnt;
    return seen;
  }

  /** Between this reading and the next: both are whole, and what is decided is committed with this one. */
  #decideTrial(device: string, sensor: string): void {
    const { models, cards, outbox } = this.#options;
    const { rollout } = models;
    if (rollout.trialCount > 0) rollout.decide(cards.typeOf(device, sensor), outbox.next);
  }

  /** Counts something that a source was given and that is no reading: by the device that it names, if it is a name. */
  countInvalid(invalid: Invalid): void {
    const { agent, devices } = this.#options;
    const named = isName(invalid.device) ? devices.admit(invalid.device) : undefined;
    const device = named ?? devices.admit(agent);
    if (device === undefined) return;
    device.invalid += invalid.count ?? 1;
    device.changed = true;
  }

  /** The source has given everything up to here; it is committed with the readings. */
  setPosition(source: string, position: string): void {
    this.#positions.set(source, position);
  }

  /** @returns up to where a source was taken: its readings after the last commit wait for the next one */
  positionOf(source: string): string | undefined {
    return this.#positions.get(source) ?? this.#options.outbox.stateRows().get(SOURCE_KEY + source);
  }

  /** @returns whether it is committed; a failure is logged once and told by `fault` */
  commit(seal: boolean): boolean {
    const { outbox, devices, models, clock } = this.#options;
    this.#closeSilent(clock.monotonicMs());
    const changed = [...devices.all].filter((device) => device.changed);
    const due = [...devices.all].filter((device) => device.snapshotDue(clock.monotonicMs()));
    const count = changed.length + this.#positions.size + due.length;
    const hasNews = this.#versionChanged || this.#windowsChanged || models.hasChanged;
    // while the disk takes nothing, only a transaction tells whether it does again
    const isQuiet = count === 0 && !hasNews && !seal && this.#fault === undefined;
    const snapshots = due.map((device) => [device.name, device.snapshot()] as const);
    const isWritten = this.#write(() => {
      if (isQuiet) return outbox.bound.enforce(devices.keepFrom());
      const state = this.#state(changed);
      const keepFrom = devices.keepFromAfter(due);
      outbox.commit({ state, snapshots, summaries: this.#summaries, keepFrom, seal });
    });
    if (!isWritten || isQuiet) return isWritten;
    this.#options.runMark.committed();
    for (const device of changed) device.changed = false;
    for (const device of due) device.snapshotTaken();
    models.committed();
    this.#positions.clear();
    this.#versionChanged = false;
    this.#windowsChanged = false;
    this.#summaries = [];
    return true;
  }

  /** @returns whether the outbox took it; a failure of the disk is logged once and told by `fault` */
  #write(work: () => void): boolean {
    const { log } = this.#options;
    try {
      work();
    } catch (error) {
      if (!isSqliteError(error) || isDamage(error)) throw error;
      const reason = errorMessage(error);
      if (this.#fault === undefined) {
        log.error('the outbox does not take commits; judging goes on', { reason });
      }
      this.#fault = reason;
      return false;
    }
    if (this.#fault !== undefined) log.info('the outbox takes commits again');
    this.#fault = undefined;
    return true;
  }

  /** the version of the suppression regions that the judges hold, as the wire has it; empty: none, ever */
  get suppression(): Pick<AgentStatus, 'suppression'> {
    const suppression = this.#suppressionVersion;
    return suppression === undefined ? {} : { suppression };
  }

  /**
   * Takes suppression regions over. They, their version and the snapshots that hold them from here on are one commit, so
   * that a restart replays no reading across the change. Where the commit fails, the cloud tells them again.
   */
  suppress({ version, series }: NonNullable<BatchReply['suppression']>): void {
    for (const { device, sensor, regions } of series) {
      this.#options.devices.admit(device)?.suppress(sensor, regions);
    }
    this.#suppressionVersion = version;
    this.#versionChanged = true;
    this.commit(false);
    if (series.length === 0) return;
    this.#options.log.info('suppression regions changed', { version, series: series.length });
  }

  /** Takes maintenance windows over, from the next reading on. */
  maintain(told: NonNullable<BatchReply['maintenance']>): void {
    this.#options.maintenance.set(told);
    this.#windowsChanged = true;
    this.commit(false);
    const { version, windows } = told;
    this.#options.log.info('maintenance windows changed', { version, windows: windows.length });
  }

  /** Notices a step of the wall clock: a new anchor and a new epoch. */
  checkClock(): void {
    const stepUs = this.#anchor.stepUs();
    if (stepUs === 0 || !this.commit(true)) return;
    const { clock, devices, log } = this.#options;
    const anchor = new Anchor(clock, devices.lastOwnUs());
    if (!this.#write(() => this.#beginEpoch(anchor))) return;
    this.#anchor = anchor;
    log.warn('the wall clock stepped; a new epoch begins', { stepUs });
  }

  #admit(name: string, taken: Taken): Device | undefined {
    const { devices, cards } = this.#options;
    const device = isName(name) ? devices.admit(name) : undefined;
    if (device?.admits(taken.sensor) === true && Number.isFinite(taken.value)) {
      if (device.lastUs(taken.sensor) !== Number.NEGATIVE_INFINITY) return device;
      if (isName(taken.sensor)) {
        cards.see(name, taken.sensor);
        return device;
      }
    }
    this.countInvalid({ device: device?.name, at: taken.sensor, reason: 'not a reading' });
    return undefined;
  }

  #append(taken: Taken, name: string): void {
    const reading = this.#reading;
    reading.device = name;
    reading.sensor = taken.sensor;
    reading.value = taken.value;
    reading.tsUs = this.#judged.tsUs;
    reading.stage = this.#judged.stage;
    reading.ownClock = taken.tsUs === undefined;
    this.#options.outbox.append(reading, this.#judged.scored ? this.#verdict : undefined);
  }

  #count(device: Device, tsUs: number): void {
    const steps = Math.round(this.#verdict.score * SCORE_STEPS);
    const at = { tsUs, monotonicMs: this.#moment.monotonicMs };
    const closed = device.window.add(at, steps, this.#verdict.anomaly);
    if (closed !== undefined) this.#summaries.push(closed);
  }

  /** Closes the open summary windows before their time: every source has ended. */
  closeWindows(): void {
    for (const device of this.#options.devices.all) this.#close(device, device.window.close());
  }

  #closeSilent(monotonicMs: number): void {
    for (const device of this.#options.devices.all) {
      this.#close(device, device.window.closeSilent(monotonicMs));
    }
  }

  #close(device: Device, closed: WindowSummary | undefined): void {
    if (closed === undefined) return;
    this.#summaries.push(closed);
    device.changed = true;
  }

  *#state(changed: readonly Device[]): Generator<readonly [string, string]> {
    const { runMark, clock } = this.#options;
    yield [RUN_KEY, runMark.row(clock.nowUs())];
    if (this.#versionChanged) yield [SUPPRESSION_KEY, String(this.#suppressionVersion)];
    if (this.#windowsChanged) yield [MAINTENANCE_KEY, this.#options.maintenance.row()];
    for (const [source, position] of this.#positions) yield [SOURCE_KEY + source, position];
    for (const device of changed) yield [DEVICE_KEY + device.name, JSON.stringify(device.state())];
    yield* this.#options.models.changedRows();
  }

  #beginEpoch({ shiftUs }: Anchor): void {
    const { outbox, clock, rng } = this.#options;
    const random =
      Math.floor(rng.next() * 0x10000) * 0x100000000 + Math.floor(rng.next() * 0x100000000);
    outbox.beginEpoch(createEpoch(clock.nowUs(), random), shiftUs);
  }
}
