/**
 * The agent: sources -> detect -> outbox -> uplink, run together and stopped together.
 *
 * It starts and runs with the cloud down, unknown or refusing, for ever. As a library it needs no program: create it,
 * push readings, get verdicts; `run` adds sources, timed commits and the uplink.
 */
import {
  assert,
  Backoff,
  type Clock,
  errorMessage,
  Fault,
  type Log,
  type Rng,
  silentLog,
  systemClock,
  systemRng,
} from '@fernsight/base';
import type { Verdict } from '@fernsight/detect';
import { type AgentStatus, ANNOUNCE_MAX } from '@fernsight/wire/agent';
import type { AgentOptions } from './agentOptions.ts';
import { Cards } from './detect/cards.ts';
import { Devices } from './detect/devices.ts';
import { Intake } from './intake.ts';
import {
  BLOCK_READINGS_MAX,
  COMMIT_INTERVAL_MS,
  FAREWELL_MS,
  SEND_INTERVAL_MS,
  SOURCE_BACKOFF_BASE_MS,
  SOURCE_BACKOFF_CAP_MS,
  SYNC_INTERVAL_MS,
  WINDOW_MS,
} from './limits.ts';
import type { OutboxLock } from './outbox/lock.ts';
import { openOutbox } from './outbox/openOutbox.ts';
import type { Outbox } from './outbox/outbox.ts';
import type { Block, Source, Taken } from './source/source.ts';
import { Uplink, type UplinkStatus } from './uplink/uplink.ts';

export const AGENT_VERSION = '0.1.0';

/** How a source is doing. */
export interface SourceStatus {
  readonly name: string;
  readonly state: 'waiting' | 'reading' | 'failed' | 'ended';
  readonly restartCount: number;
  readonly lastError: string | undefined;
}

export interface AgentView {
  readonly device: string;
  readonly epoch: string;
  readonly taken: number;
  readonly invalid: number;
  /** the outbox: readings that wait, bytes in use, stamp of the oldest */
  readonly waiting: number;
  readonly outboxBytes: number;
  readonly oldestUs: number | undefined;
  readonly delivered: number;
  readonly thinned: number;
  readonly dropped: number;
  readonly rejected: number;
  readonly lost: number;
  /** why the outbox takes no commits, while it does not */
  readonly fault: string | undefined;
  readonly uplink: UplinkStatus | undefined;
  readonly sources: readonly SourceStatus[];
}

export interface RunOptions {
  /** end by itself when every source has ended and nothing waits for the cloud */
  readonly untilDone?: boolean | undefined;
}

/** @throws UsageFault when the outbox cannot be opened */
export function createAgent(options: AgentOptions): Agent {
  return new Agent(options);
}

interface Feed {
  readonly source: Source;
  state: SourceStatus['state'];
  restartCount: number;
  lastError: string | undefined;
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
  readonly #intake: Intake;
  readonly #uplink: Uplink | undefined;
  readonly #feeds: readonly Feed[];
  readonly #positions = new Map<Source, string>();

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#rng = (options.rng ?? systemRng()).fork('agent');
    this.#log = options.log ?? silentLog;
    this.#feeds = (options.sources ?? []).map((source) => ({
      source,
      state: 'waiting',
      restartCount: 0,
      lastError: undefined,
    }));
    this.#cards = cardsOf(options);
    this.#devices = new Devices({
      windowUs: (options.windowMs ?? WINDOW_MS) * 1000,
      judging: (device) => this.#judging(device),
      log: this.#log,
    });
    const { outbox, lock } = openOutbox(options.outbox, {
      bytesMax: options.outboxBytesMax,
      atBound: options.atBound,
      log: this.#log,
    });
    this.#outbox = outbox;
    this.#lock = lock;
    const replayedCount = this.#devices.restore(outbox);
    this.#log.info('outbox open', { waiting: outbox.waitingCount, replayedCount });
    this.#intake = new Intake({
      agent: options.device,
      outbox,
      devices: this.#devices,
      cards: this.#cards,
      clock: this.#clock,
      rng: this.#rng.fork('epoch'),
      log: this.#log,
    });
    this.#uplink = options.link === undefined ? undefined : this.#createUplink(options.link);
  }

  /**
   * Takes one reading, as a source would give it.
   * @returns the verdict, reused by the next call; undefined where the reading was not judged, which is counted
   */
  push(taken: Taken): Verdict | undefined {
    this.#intake.makeRoom(1);
    this.#intake.now();
    return this.#take(taken);
  }

  /** Makes what was pushed durable against a kill, and with `sync` against a power cut. */
  async flush(how: { readonly sync: boolean }): Promise<void> {
    this.#intake.commit(false);
    if (how.sync) await this.#sync();
  }

  /** Runs sources, commits, syncs and the uplink until aborted; ends with a commit, a sync and a last send. */
  async run(signal: AbortSignal, options: RunOptions = {}): Promise<void> {
    const stop = new AbortController();
    const abort = () => stop.abort();
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    const background = Promise.all([
      this.#every(this.#options.commitIntervalMs ?? COMMIT_INTERVAL_MS, stop.signal, () => {
        this.#intake.checkClock();
        this.#intake.commit(false);
      }),
      this.#every(this.#options.syncIntervalMs ?? SYNC_INTERVAL_MS, stop.signal, () =>
        this.#sync(),
      ),
      this.#uplink?.run(stop.signal),
    ]).finally(abort);
    const sources = Promise.all(this.#feeds.map((feed) => this.#feed(feed, stop.signal)));
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

  status(): AgentView {
    const outbox = this.#outbox;
    const devices = [...this.#devices.all];
    const { delivered, thinned, dropped, rejected, lost } = outbox.counts;
    return {
      device: this.#options.device,
      epoch: outbox.epoch,
      taken: devices.reduce((sum, device) => sum + device.taken, 0),
      invalid: devices.reduce((sum, device) => sum + device.invalid, 0),
      waiting: outbox.waitingCount,
      outboxBytes: outbox.usedBytes(),
      oldestUs: outbox.oldestUs(),
      delivered,
      thinned,
      dropped,
      rejected,
      lost,
      fault: this.#intake.fault,
      uplink: this.#uplink?.status(),
      sources: this.#feeds.map(({ source, state, restartCount, lastError }) => ({
        name: source.name,
        state,
        restartCount,
        lastError,
      })),
    };
  }

  /** Commits and closes the outbox. The agent cannot be used afterwards. */
  close(): void {
    this.#intake.commit(true);
    this.#outbox.close();
    this.#lock.release();
    this.#options.link?.close?.();
  }

  #take(taken: Taken): Verdict | undefined {
    const seen = this.#intake.take(taken);
    if (seen === undefined) return undefined;
    if (!seen.scored) return undefined;
    this.#options.onVerdict?.(seen, seen.verdict, taken.label);
    if (seen.verdict.anomaly) this.#uplink?.hurry();
    return seen.verdict;
  }

  /** Reads a source to its end; one that dies is started again, where its last committed block ended. */
  async #feed(feed: Feed, signal: AbortSignal): Promise<void> {
    const { source } = feed;
    const limits = { baseMs: SOURCE_BACKOFF_BASE_MS, capMs: SOURCE_BACKOFF_CAP_MS };
    const backoff = new Backoff(limits, this.#rng.fork(`source/${source.name}`));
    while (!signal.aborted) {
      try {
        feed.state = 'reading';
        await this.#read(feed, backoff, signal);
        feed.state = 'ended';
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof Fault) || !error.retryable) throw error;
        feed.state = 'failed';
        feed.restartCount++;
        feed.lastError = errorMessage(error);
        const waitMs = backoff.failed();
        this.#log.warn('a source failed and is started again', {
          source: source.name,
          reason: feed.lastError,
          waitMs: Math.round(waitMs),
        });
        await this.#clock.sleep(waitMs, signal);
      }
    }
  }

  async #read(feed: Feed, backoff: Backoff, signal: AbortSignal): Promise<void> {
    const { source } = feed;
    this.#intake.commit(false);
    for await (const block of source.read(this.#intake.positionOf(source.name), signal)) {
      if (!(await this.#room(source, block.readings.length, signal))) return;
      backoff.succeeded();
      this.#takeBlock(source, block);
    }
  }

  #takeBlock(source: Source, block: Block): void {
    this.#intake.now();
    for (const taken of block.readings) this.#take(taken);
    for (const invalid of block.invalid ?? []) {
      this.#intake.countInvalid(invalid);
      this.#log.debug('not a reading', { source: source.name, ...invalid });
    }
    if (block.position !== undefined) {
      this.#intake.setPosition(source.name, block.position);
      this.#positions.set(source, block.position);
    }
  }

  /**
   * Makes room for a block. A source that can repeat waits for it: nothing is dropped that a file still has.
   * @returns whether the block may be taken
   */
  async #room(source: Source, count: number, signal: AbortSignal): Promise<boolean> {
    assert(count <= BLOCK_READINGS_MAX, `a block of ${source.name} holds ${count} readings`);
    while (!this.#intake.makeRoom(count) && source.repeatable && !signal.aborted) {
      await this.#clock.sleep(COMMIT_INTERVAL_MS, signal);
    }
    return !signal.aborted;
  }

  async #sync(): Promise<void> {
    if (!this.#intake.commit(false)) return;
    const positions = [...this.#positions];
    this.#positions.clear();
    await this.#outbox.sync();
    for (const [source, position] of positions) source.acknowledge?.(position);
  }

  async #every(ms: number, signal: AbortSignal, work: () => void | Promise<void>): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(ms, signal);
      if (!signal.aborted) await work();
    }
  }

  /** Resolves when nothing waits, where that was asked for; else when the run is aborted. */
  async #untilDone(asked: boolean, signal: AbortSignal): Promise<void> {
    if (!asked) return new Promise((resolve) => whenAborted(signal, resolve));
    this.#intake.commit(true);
    while (this.#uplink !== undefined && this.#outbox.waitingCount > 0 && !signal.aborted) {
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

  #judging(device: string) {
    const { budgetPerWeek, utcOffsetMinutes, forestFor } = this.#options;
    const limits = (sensor: string) => this.#cards.limits(device, sensor);
    return { budgetPerWeek, utcOffsetMinutes, forestFor, limits };
  }

  #createUplink(link: NonNullable<AgentOptions['link']>): Uplink {
    return new Uplink({
      agent: this.#options.device,
      outbox: this.#outbox,
      link,
      clock: this.#clock,
      rng: this.#rng,
      log: this.#log,
      sendIntervalMs: this.#options.sendIntervalMs ?? SEND_INTERVAL_MS,
      seal: () => this.#intake.commit(true),
      status: () => this.#wireStatus(),
      announce: () => this.#cards.unannounced(ANNOUNCE_MAX),
      announced: (cards) => this.#cards.announced(cards),
      keepFrom: () => this.#devices.keepFrom(),
      nowUs: () => this.#intake.nowUs(),
    });
  }

  #wireStatus(): AgentStatus {
    const oldestUs = this.#outbox.oldestUs();
    const devices = [...this.#devices.all].slice(0, ANNOUNCE_MAX);
    return {
      version: AGENT_VERSION,
      outboxReadings: this.#outbox.waitingCount,
      outboxBytes: this.#outbox.usedBytes(),
      ...(oldestUs === undefined ? {} : { oldestUs }),
      clockUs: this.#clock.nowUs(),
      taken: devices.map(({ name, taken, invalid }) => ({ device: name, taken, invalid })),
    };
  }
}

/** How often an agent that only waits for its outbox to be empty looks again. */
const URGENT_POLL_MS = 50;

function cardsOf(options: AgentOptions): Cards {
  const { device, name, site, sensors = [], children = [] } = options;
  const cards = new Cards({
    device,
    ...(name === undefined ? {} : { name }),
    ...(site === undefined ? {} : { site }),
    sensors: [...sensors],
  });
  for (const source of options.sources ?? []) {
    if (source.sensors !== undefined) cards.add({ device, sensors: [...source.sensors] });
    for (const child of source.children ?? []) cards.add(child);
  }
  for (const child of children) cards.add(child);
  return cards;
}

function whenAborted(signal: AbortSignal, then: () => void): void {
  if (signal.aborted) then();
  else signal.addEventListener('abort', then, { once: true });
}
