/**
 * The agent: sources -> detect -> outbox -> uplink, run together and stopped together.
 *
 * It starts and runs with the cloud down, unknown or refusing, for ever. As a library it needs no program: create it,
 * push readings, get verdicts; `run` adds sources, timed commits and the uplink.
 */
import {
  type Clock,
  errorMessage,
  Fault,
  formatTimestamp,
  type Log,
  PackFault,
  type Rng,
  silentLog,
  systemClock,
  systemRng,
} from '@fernsight/base';
import type { Verdict } from '@fernsight/detect';
import { type AgentStatus, ANNOUNCE_MAX } from '@fernsight/wire/agent';
import { type AgentOptions, cardsOf, checkNames, openOptionsOf } from './agentOptions.ts';
import type { AgentView } from './agentView.ts';
import type { Cards } from './detect/cards.ts';
import type { Judging } from './detect/device.ts';
import { Devices } from './detect/devices.ts';
import { MAINTENANCE_KEY, Maintenance } from './detect/maintenance.ts';
import { Silence } from './detect/silence.ts';
import { Intake } from './intake.ts';
import {
  COMMIT_INTERVAL_MS,
  FAREWELL_MS,
  SEND_INTERVAL_MS,
  SYNC_INTERVAL_MS,
  URGENT_POLL_MS,
  WINDOW_MS,
} from './limits.ts';
import { AgentModels } from './model/agentModels.ts';
import type { OutboxLock } from './outbox/lock.ts';
import { type OpenedOutbox, openOutbox } from './outbox/openOutbox.ts';
import type { Outbox } from './outbox/outbox.ts';
import { markDamaged } from './outbox/rescue.ts';
import { bootIdOf, RUN_KEY, RunMark } from './outbox/runMark.ts';
import { isDamage, isDiskFault } from './outbox/sqliteError.ts';
import { Feed } from './source/feed.ts';
import type { Taken } from './source/source.ts';
import { Uplink } from './uplink/uplink.ts';

export const AGENT_VERSION = '0.1.0';

export interface RunOptions {
  /** end by itself when every source has ended and nothing waits for the cloud */
  readonly untilDone?: boolean | undefined;
}

/** @throws UsageFault when the outbox cannot be opened, or two sources have one name */
export function createAgent(options: AgentOptions): Agent {
  checkNames(options);
  try {
    return openAgent(options);
  } catch (cause) {
    // a large outbox is not checked whole before it is read
    if (!isDamage(cause)) throw cause;
    markDamaged(options.outbox);
    return openAgent(options);
  }
}

function openAgent(options: AgentOptions): Agent {
  const opened = openOutbox(options.outbox, openOptionsOf(options));
  try {
    return new Agent(options, opened);
  } catch (error) {
    opened.outbox.close();
    opened.lock.release();
    throw error;
  }
}

export class Agent {
  readonly #options: AgentOptions;
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #log: Log;
  readonly #outbox: Outbox;
  readonly #lock: OutboxLock;
  readonly #cards: Cards;
  readonly #devices: Devices;
  readonly #maintenance: Maintenance;
  readonly #models: AgentModels;
  readonly #intake: Intake;
  readonly #runMark: RunMark;
  readonly #uplink: Uplink | undefined;
  #last: AgentView | undefined;
  readonly #silence: Silence;
  readonly #feeds: readonly Feed[];

  constructor(options: AgentOptions, { outbox, lock }: OpenedOutbox) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#rng = (options.rng ?? systemRng()).fork('agent');
    this.#log = options.log ?? silentLog;
    this.#cards = cardsOf(options);
    this.#devices = new Devices({
      windowUs: (options.windowMs ?? WINDOW_MS) * 1000,
      judging: (device) => this.#judging(device),
      log: this.#log,
    });
    this.#silence = new Silence(this.#devices, this.#cards, { clock: this.#clock, log: this.#log });
    this.#outbox = outbox;
    this.#lock = lock;
    this.#models = new AgentModels({
      outbox: options.outbox,
      states: outbox.stateRows(),
      modelKey: options.modelKey,
      link: options.link?.models,
      clock: this.#clock,
      log: this.#log,
      probe: options.probe,
      next: () => outbox.next,
    });
    this.#models.rollout.attach(this.#devices);
    this.#maintenance = new Maintenance(outbox.stateRows().get(MAINTENANCE_KEY));
    const replayedCount = this.#devices.restore(outbox);
    this.#log.info('outbox open', { waiting: outbox.waitingCount, replayedCount });
    this.#runMark = this.#openRun();
    this.#intake = new Intake({
      agent: options.device,
      outbox,
      devices: this.#devices,
      cards: this.#cards,
      runMark: this.#runMark,
      models: this.#models,
      maintenance: this.#maintenance,
      clock: this.#clock,
      rng: this.#rng.fork('epoch'),
      log: this.#log,
    });
    this.#feeds = (options.sources ?? []).map(
      (source) =>
        new Feed({
          source,
          intake: this.#intake,
          runMark: this.#runMark,
          clock: this.#clock,
          rng: this.#rng.fork(`source/${source.name}`),
          log: this.#log,
          take: (taken) => this.#take(taken),
          sync: () => this.#sync(),
        }),
    );
    this.#uplink = options.link === undefined ? undefined : this.#createUplink(options.link);
  }

  /**
   * Takes one reading, as a source would give it.
   * @returns the verdict, reused by the next call; undefined where the reading was not judged, which is counted
   */
  push(taken: Taken): Verdict | undefined {
    this.#intake.makeRoom(1);
    this.#intake.now();
    this.#runMark.note(1);
    return this.#take(taken);
  }

  /** Makes what was pushed durable against a kill, and with `sync` against a power cut. */
  async flush(how: { readonly sync: boolean }): Promise<void> {
    this.#intake.commit(false);
    if (how.sync) await this.#sync();
  }

  /**
   * Runs sources, commits, syncs and the uplink until aborted; ends with a commit, a sync and a last send.
   * @throws Fault what ends a run: a source's UsageFault, a damaged outbox (the next start salvages it)
   */
  async run(signal: AbortSignal, options: RunOptions = {}): Promise<void> {
    try {
      await this.#run(signal, options);
    } catch (cause) {
      if (!isDamage(cause) && !(cause instanceof PackFault)) throw cause;
      markDamaged(this.#options.outbox);
      throw new Fault(`the outbox ${this.#options.outbox} is damaged: ${errorMessage(cause)}`, {
        op: 'outbox.read',
        hint: 'start the agent again: it sets the file aside and takes over what can be read',
        cause,
        retryable: true,
      });
    }
  }

  async #run(signal: AbortSignal, options: RunOptions): Promise<void> {
    const stop = new AbortController();
    const abort = () => stop.abort();
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    const background = Promise.all([
      this.#every(this.#options.commitIntervalMs ?? COMMIT_INTERVAL_MS, stop.signal, () => {
        this.#intake.checkClock();
        this.#intake.commit(false);
      }),
      this.#every(this.#options.syncIntervalMs ?? SYNC_INTERVAL_MS, stop.signal, () => {
        this.#silence.tell();
        return this.#sync();
      }),
      this.#uplink?.run(stop.signal),
      this.#models.run(stop.signal),
    ]).finally(abort);
    const sources = Promise.all(this.#feeds.map((feed) => feed.run(stop.signal)));
    try {
      const ended = sources.then(() => this.#untilDone(options.untilDone === true, stop.signal));
      await Promise.race([ended, background]);
    } finally {
      abort();
      await Promise.all([sources, background]);
      signal.removeEventListener('abort', abort);
      await this.#farewell();
    }
  }

  /** how the agent is; after `close`, how it was */
  status(): AgentView {
    if (this.#last !== undefined) return this.#last;
    const outbox = this.#outbox;
    const devices = [...this.#devices.all];
    const { delivered, thinned, dropped, rejected, lost } = outbox.counts;
    return {
      device: this.#options.device,
      epoch: outbox.epoch,
      taken: devices.reduce((sum, device) => sum + device.taken, 0),
      invalid: devices.reduce((sum, device) => sum + device.invalid, 0),
      waiting: outbox.waitingCount,
      summariesWaiting: outbox.summaries.count,
      summariesDropped: outbox.counts.summariesDropped,
      outboxBytes: outbox.usedBytes(),
      oldestUs: outbox.oldestUs(),
      delivered,
      thinned,
      dropped,
      rejected,
      lost,
      interruptions: this.#runMark.interruptions,
      silent: this.#silence.sensors(),
      fault: this.#intake.fault,
      uplink: this.#uplink?.status(),
      models: this.#models.status(),
      sources: this.#feeds.map((feed) => feed.status()),
    };
  }

  /** Commits and closes the outbox. The agent cannot be used afterwards. */
  close(): void {
    this.#runMark.end();
    if (!this.#intake.commit(true)) this.#tellLeft();
    this.#last = this.status();
    this.#outbox.close();
    this.#lock.release();
    this.#options.link?.close?.();
  }

  /** Says at the end what the disk did not take until then (I8). */
  #tellLeft(): void {
    const count = this.#outbox.uncommittedCount;
    if (count === 0) return;
    const reason = this.#intake.fault;
    this.#log.error(
      'the outbox did not take the last readings; what no source gives again is lost',
      {
        count,
        reason,
      },
    );
  }

  /** Says at the start what an end that was not in order may have cost (I1). */
  #openRun(): RunMark {
    const { bootId = bootIdOf() } = this.#options;
    const mark = new RunMark(this.#outbox.stateRows().get(RUN_KEY), bootId);
    const { before } = mark;
    if (before === undefined) return mark;
    const { cause, readingsMax } = before;
    const fields = { cause, lastCommit: formatTimestamp(before.lastUs), readingsMax };
    if (readingsMax === 0)
      this.#log.info('the run before was cut short; nothing is missing', fields);
    else this.#log.warn('the run before was cut short; readings may be missing', fields);
    return mark;
  }

  #take(taken: Taken): Verdict | undefined {
    const seen = this.#intake.take(taken);
    if (seen === undefined) return undefined;
    if (!seen.scored) return undefined;
    this.#options.onVerdict?.(seen, seen.verdict, taken.label);
    if (seen.verdict.anomaly) this.#uplink?.hurry();
    return seen.verdict;
  }

  /** What is committed now is on the disk, and the sources hear of it. */
  async #sync(): Promise<void> {
    if (!this.#intake.commit(false)) return;
    const acknowledge = this.#feeds.map((feed) => feed.acknowledgement());
    const tidyModels = this.#models.tidy();
    try {
      await this.#outbox.sync();
    } catch (error) {
      if (!isDiskFault(error)) throw error;
      this.#log.warn('the outbox cannot be synced', { reason: errorMessage(error) });
      return;
    }
    this.#runMark.synced();
    tidyModels();
    for (const one of acknowledge) one?.();
  }

  async #every(ms: number, signal: AbortSignal, work: () => void | Promise<void>): Promise<void> {
    while (!signal.aborted) {
      // at no interval nothing else would have a turn
      await this.#clock.sleep(Math.max(1, ms), signal);
      if (!signal.aborted) await work();
    }
  }

  /** Resolves when nothing waits, where that was asked for; else when the run is aborted. */
  async #untilDone(asked: boolean, signal: AbortSignal): Promise<void> {
    if (!asked) return new Promise((resolve) => whenAborted(signal, resolve));
    this.#intake.closeWindows();
    this.#intake.commit(true);
    while (this.#uplink !== undefined && this.#outbox.busy && !signal.aborted) {
      this.#uplink.wake();
      await this.#clock.sleep(URGENT_POLL_MS, signal);
    }
  }

  async #farewell(): Promise<void> {
    this.#intake.commit(true);
    await this.#sync();
    if (this.#uplink === undefined) return;
    const leave = new AbortController();
    const done = new AbortController();
    const deadline = this.#clock.sleep(FAREWELL_MS, done.signal).then(() => leave.abort());
    await this.#uplink.flush(leave.signal);
    done.abort();
    await deadline;
  }

  #judging(device: string): Judging {
    const { budgetPerWeek, utcOffsetMinutes } = this.#options;
    const limits = (sensor: string) => this.#cards.limits(device, sensor);
    const typeOf = (sensor: string) => this.#cards.typeOf(device, sensor);
    const { rollout } = this.#models;
    const inMaintenance = (tsUs: number) => this.#maintenance.covers(device, tsUs);
    const how = { budgetPerWeek, utcOffsetMinutes, limits, typeOf, inMaintenance };
    return { ...how, rollout, clock: this.#clock };
  }

  #createUplink(link: NonNullable<AgentOptions['link']>): Uplink {
    return new Uplink({
      agent: this.#options.device,
      outbox: this.#outbox,
      link,
      clock: this.#clock,
      rng: this.#rng,
      log: this.#log,
      probe: this.#options.probe,
      sendIntervalMs: this.#options.sendIntervalMs ?? SEND_INTERVAL_MS,
      seal: () => this.#intake.commit(true),
      status: () => this.#wireStatus(),
      announce: () => this.#cards.unannounced(ANNOUNCE_MAX),
      announced: (cards) => this.#cards.announced(cards),
      heard: ({ models }) => this.#models.hear(models),
      keepFrom: () => this.#devices.keepFrom(),
      nowUs: () => this.#intake.nowUs(),
      suppress: (news) => this.#intake.suppress(news),
      maintain: (news) => this.#intake.maintain(news),
    });
  }

  #wireStatus(): AgentStatus {
    const oldestUs = this.#outbox.oldestUs();
    const { interruptions } = this.#runMark;
    const { version: maintenance } = this.#maintenance;
    const devices = [...this.#devices.all].slice(0, ANNOUNCE_MAX);
    return {
      version: AGENT_VERSION,
      outboxReadings: this.#outbox.waitingCount,
      outboxBytes: this.#outbox.usedBytes(),
      ...(oldestUs === undefined ? {} : { oldestUs }),
      clockUs: this.#clock.nowUs(),
      ...(interruptions === undefined ? {} : { interruptions }),
      ...this.#intake.suppression,
      ...(maintenance === undefined ? {} : { maintenance }),
      taken: devices.map(({ name, taken, invalid }) => ({ device: name, taken, invalid })),
      ...this.#models.wireStatus(),
    };
  }
}

function whenAborted(signal: AbortSignal, then: () => void): void {
  if (signal.aborted) then();
  else signal.addEventListener('abort', then, { once: true });
}
