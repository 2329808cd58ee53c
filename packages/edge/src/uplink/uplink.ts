/**
 * Hands the outbox over to the cloud, in two lanes: `live` for what is fresh, `backfill` for what is older than a
 * minute. Each sends in order, one batch in flight, so that a backlog of a month does not stand before a new anomaly.
 *
 * A lane sleeps, asks for a commit, syncs, and sends until its rows are gone; a failure puts the rows back and holds
 * both lanes for a backoff with full jitter, or for what the cloud asked for. A batch grows while it is answered
 * quickly and shrinks when it is not. One that the cloud calls unacceptable is cut down to a single outbox row, which
 * is then set aside: the others go on.
 */
import { Backoff, type Clock, errorMessage, type Log, type Probe, type Rng } from '@fernsight/base';
import {
  type Batch,
  type BatchReply,
  type DeviceCard,
  SUMMARIES_MAX,
  type WindowSummary,
} from '@fernsight/wire/agent';
import {
  BACKOFF_BASE_MS,
  BACKOFF_CAP_MS,
  SEND_READINGS_MAX,
  SEND_READINGS_MIN,
  SEND_READINGS_START,
  SEND_SLOW_MS,
  URGENT_INTERVAL_MS,
} from '../limits.ts';
import { readingsOf } from '../outbox/body.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Lane, Parcel } from '../outbox/row.ts';
import { isDiskFault } from '../outbox/sqliteError.ts';
import { Bell } from './bell.ts';
import { type Link, LinkError } from './link.ts';
import { toColumns } from './toBatch.ts';

/** What the agent lends to its uplink. */
export interface UplinkOptions {
  readonly agent: string;
  readonly outbox: Outbox;
  readonly link: Link;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  readonly probe?: Probe | undefined;
  readonly sendIntervalMs: number;
  /** commits what was taken and seals the tail */
  readonly seal: () => void;
  readonly status: () => Batch['status'];
  /** cards that the cloud has not heard yet */
  readonly announce: () => DeviceCard[];
  readonly announced: (cards: readonly DeviceCard[]) => void;
  /** what the cloud said beside its acknowledgement */
  readonly heard: (reply: BatchReply) => void;
  /** index of the oldest reading that a restart would need */
  readonly keepFrom: () => number;
  readonly nowUs: () => number;
  /** the cloud tells suppression regions */
  readonly suppress: (news: NonNullable<BatchReply['suppression']>) => void;
  /** the cloud tells maintenance windows */
  readonly maintain: (news: NonNullable<BatchReply['maintenance']>) => void;
}

/** A wrong address or credential is put right by a person: no hurry. */
const DENIED_MS = BACKOFF_CAP_MS / 2;

export interface UplinkStatus {
  readonly online: boolean;
  /** batches acknowledged, exchanges that failed, since the start */
  readonly sentCount: number;
  readonly failedCount: number;
  /** wall time of the last acknowledgement */
  readonly lastSentUs: number | undefined;
  readonly lastError: string | undefined;
  readonly readingsMax: number;
}

export class Uplink {
  readonly #options: UplinkOptions;
  readonly #backoff: Backoff;
  readonly #bells = { live: new Bell(), backfill: new Bell() };
  #holdUntilMs = 0;
  #urgentMs = Number.NEGATIVE_INFINITY;
  #readingsMax = SEND_READINGS_START;
  #online = false;
  #sentCount = 0;
  #failedCount = 0;
  #lastSentUs: number | undefined;
  #lastError: string | undefined;

  constructor(options: UplinkOptions) {
    this.#options = options;
    const limits = { baseMs: BACKOFF_BASE_MS, capMs: BACKOFF_CAP_MS };
    this.#backoff = new Backoff(limits, options.rng.fork('uplink'));
  }

  status(): UplinkStatus {
    return {
      online: this.#online,
      sentCount: this.#sentCount,
      failedCount: this.#failedCount,
      lastSentUs: this.#lastSentUs,
      lastError: this.#lastError,
      readingsMax: this.#readingsMax,
    };
  }

  /** Sends what waits soon, and not when the interval is over: there is an anomaly in it. */
  hurry(): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs < this.#urgentMs + URGENT_INTERVAL_MS) return;
    this.#urgentMs = nowMs;
    this.#bells.live.ring();
  }

  /** Wakes both lanes: somebody waits for the outbox to be empty. */
  wake(): void {
    this.#bells.live.ring();
    this.#bells.backfill.ring();
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#runLane('live', signal), this.#runLane('backfill', signal)]);
  }

  /** Sends what waits, once, as a farewell, and how the agent is then; failures end it. */
  async flush(signal: AbortSignal): Promise<void> {
    await this.#round('live', signal);
    await this.#round('backfill', signal);
    if (this.#online && !signal.aborted) await this.#send('live', undefined, signal);
  }

  async #runLane(lane: Lane, signal: AbortSignal): Promise<void> {
    const { clock, sendIntervalMs } = this.#options;
    while (!signal.aborted) {
      await this.#round(lane, signal);
      if (!this.#held()) await this.#bells[lane].wait(clock, sendIntervalMs, signal);
      while (this.#held() && !signal.aborted) {
        await clock.sleep(this.#holdUntilMs - clock.monotonicMs(), signal);
      }
    }
  }

  /** A full disk holds the lanes as a cloud that is away does: what cannot be marked or synced is not sent. */
  async #round(lane: Lane, signal: AbortSignal): Promise<void> {
    try {
      await this.#sendAll(lane, signal);
    } catch (error) {
      if (!isDiskFault(error)) throw error;
      this.#options.log.warn('nothing is sent while the outbox cannot be written', {
        reason: errorMessage(error),
      });
      this.#holdUntilMs = this.#options.clock.monotonicMs() + this.#backoff.failed();
    }
  }

  /** Sends until the lane is empty or an exchange fails. The open tail goes last, and once a round. */
  async #sendAll(lane: Lane, signal: AbortSignal): Promise<void> {
    const { outbox, nowUs, seal } = this.#options;
    for (let sealed = false; !signal.aborted && !this.#held(); ) {
      let parcel = outbox.dispatch.pick(lane, { nowUs: nowUs(), readingsMax: this.#readingsMax });
      if (parcel === undefined && !sealed && outbox.tailLane(nowUs()) === lane) {
        seal();
        sealed = true;
        parcel = outbox.dispatch.pick(lane, { nowUs: nowUs(), readingsMax: this.#readingsMax });
      }
      if (parcel === undefined && !(lane === 'live' && this.#hasNews())) return;
      if (!(await this.#send(lane, parcel, signal))) return;
    }
  }

  /** whether the cloud, or the backoff, asked for a pause: it holds for both lanes */
  #held(): boolean {
    return this.#options.clock.monotonicMs() < this.#holdUntilMs;
  }

  /** whether there is something to tell beside readings */
  #hasNews(): boolean {
    return this.#options.announce().length > 0 || this.#options.outbox.summaries.count > 0;
  }

  /** @returns whether the lane may go on */
  async #send(lane: Lane, parcel: Parcel | undefined, signal: AbortSignal): Promise<boolean> {
    const { outbox, link, clock, keepFrom, probe } = this.#options;
    const startMs = clock.monotonicMs();
    try {
      await outbox.sync();
      const batch = this.#batchOf(lane, parcel);
      probe?.at('uplink.sending');
      const reply = await link.exchange(batch, signal);
      probe?.at('uplink.answered');
      if (parcel !== undefined) outbox.dispatch.acknowledge(parcel, keepFrom());
      outbox.summaries.forget(batch.summaries);
      probe?.at('uplink.acknowledged');
      this.#options.announced(batch.announce);
      if (reply.suppression !== undefined) this.#options.suppress(reply.suppression);
      if (reply.maintenance !== undefined) this.#options.maintain(reply.maintenance);
      this.#options.heard(reply);
      this.#succeeded(clock.monotonicMs() - startMs);
      this.#options.log.debug('batch acknowledged', {
        lane,
        count: batch.seqCount,
        ...countsOf(reply),
      });
      return true;
    } catch (error) {
      if (parcel !== undefined) outbox.dispatch.release(parcel);
      if (!(error instanceof LinkError)) throw error;
      if (signal.aborted) return false;
      return this.#failed(error, parcel);
    }
  }

  #batchOf(lane: Lane, parcel: Parcel | undefined): Batch {
    const { agent, outbox, status, announce } = this.#options;
    const columns =
      parcel === undefined ? { series: [], joint: [], thinned: [], gone: [] } : toColumns(parcel);
    const summaries: WindowSummary[] =
      lane === 'live' ? outbox.summaries.oldest(SUMMARIES_MAX) : [];
    return {
      agent,
      epoch: parcel?.epoch ?? outbox.epoch,
      lane,
      seqFirst: parcel?.seqFirst ?? 0,
      seqCount: parcel?.seqCount ?? 0,
      announce: announce(),
      ...columns,
      summaries,
      status: after(status(), parcel),
    };
  }

  #succeeded(tookMs: number): void {
    if (!this.#online) this.#options.log.info('the cloud takes batches');
    this.#online = true;
    this.#sentCount++;
    this.#lastSentUs = this.#options.clock.nowUs();
    this.#lastError = undefined;
    this.#backoff.succeeded();
    if (tookMs < SEND_SLOW_MS) this.#resize(2);
    else this.#resize(0.5);
  }

  /** @returns whether the lane may go on at once */
  #failed(error: LinkError, parcel: Parcel | undefined): boolean {
    this.#failedCount++;
    const first = this.#online || this.#lastError === undefined;
    this.#online = false;
    this.#lastError = error.message;
    const { kind, message, hint } = error;
    if (first) this.#options.log.warn('the cloud does not take batches', { kind, message, hint });
    this.#resize(0.5);
    if (parcel !== undefined && (kind === 'refused' || kind === 'tooLarge')) {
      return parcel.rows.length > 1 || this.#setAside(parcel, message);
    }
    const waitMs = this.#backoff.failed(kind === 'denied' ? DENIED_MS : error.retryAfterMs);
    this.#holdUntilMs = this.#options.clock.monotonicMs() + waitMs;
    return false;
  }

  #setAside(parcel: Parcel, reason: string): boolean {
    const { outbox, log } = this.#options;
    log.error('the cloud refuses readings; they are set aside', { count: parcel.seqCount, reason });
    outbox.dispatch.setAside(parcel, reason);
    return true;
  }

  #resize(factor: number): void {
    const wanted = Math.round(this.#readingsMax * factor);
    this.#readingsMax = Math.max(SEND_READINGS_MIN, Math.min(SEND_READINGS_MAX, wanted));
  }
}

/** @returns the status as it is once the parcel is acknowledged, which is when anybody reads it */
function after(status: Batch['status'], parcel: Parcel | undefined): Batch['status'] {
  const sent = (parcel?.bodies ?? []).reduce((sum, body) => sum + readingsOf(body), 0);
  return { ...status, outboxReadings: Math.max(0, status.outboxReadings - sent) };
}

function countsOf(reply: { readonly stored: number; readonly duplicates: number }): {
  stored: number;
  duplicates: number;
} {
  return { stored: reply.stored, duplicates: reply.duplicates };
}
