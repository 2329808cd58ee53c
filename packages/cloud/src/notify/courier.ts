/**
 * The courier: takes notices from the queue to their channels, again and again until they arrive or are no news. One is
 * on its way to each channel at a time, so that a receiver that does not answer holds up itself alone.
 */
import { type Clock, type Log, type Rng, US_PER_MS } from '@fernsight/base';
import type { ChannelTest } from '@fernsight/wire';
import { testNotice } from '../incidents/notice.ts';
import { whenRoom } from '../store/sqlite/room.ts';
import type { Channels, OpenChannel } from './channels.ts';
import { DeliveryFault } from './deliveryFault.ts';
import {
  ATTEMPT_MS_MAX,
  ERROR_LENGTH_MAX,
  POLL_MS,
  RETRY_BASE_MS,
  RETRY_CAP_MS,
} from './limits.ts';
import type { Delivery, NoticeQueue } from './noticeQueue.ts';
import { send } from './send.ts';
import { VaultFault } from './vault.ts';

export interface CourierOptions {
  readonly channels: Channels;
  readonly queue: NoticeQueue;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
}

/** A reason that costs no stack trace. */
const AWAKE = 'awake';

export class Courier {
  readonly #options: CourierOptions;
  #nap = new AbortController();

  constructor(options: CourierOptions) {
    this.#options = options;
  }

  /** There is something new in the queue. */
  wake(): void {
    this.#nap.abort(AWAKE);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, queue } = this.#options;
    /** by channel */
    const flights = new Map<number, Promise<void>>();
    const wake = () => this.wake();
    signal.addEventListener('abort', wake);
    while (!signal.aborted) {
      this.#nap = new AbortController();
      for (const delivery of queue.due(clock.nowUs(), [...flights.keys()])) {
        const { channel } = delivery;
        const flight = this.#deliver(delivery, signal).finally(() => flights.delete(channel));
        flights.set(channel, flight);
      }
      const nap = clock.sleep(POLL_MS, this.#nap.signal);
      await Promise.race([nap, ...flights.values()]);
      this.wake();
      await nap;
    }
    signal.removeEventListener('abort', wake);
    await Promise.all(flights.values());
  }

  /** Sends a test notice now. */
  async test(channel: OpenChannel): Promise<ChannelTest> {
    const notice = { ...testNotice(this.#options.clock.nowUs()), id: 0 };
    const outcome = await this.#attempt(channel, notice);
    const delivered = typeof outcome === 'string';
    return { delivered, detail: delivered ? outcome : outcome.message };
  }

  async #deliver(delivery: Delivery, stop: AbortSignal): Promise<void> {
    const { channels, queue, clock, log } = this.#options;
    const outcome = await this.#attemptOf(delivery, stop);
    if (outcome === undefined) return;
    const nowUs = clock.nowUs();
    const { channel, attempts } = delivery;
    const how = { clock, log, signal: stop };
    // the channel waits until it is written: else a receiver would get it again and again from a full disk
    if (typeof outcome === 'string') {
      await whenRoom(() => {
        channels.done(channel, nowUs);
        queue.done(delivery);
      }, how);
      return;
    }
    const reason = outcome.message.slice(0, ERROR_LENGTH_MAX);
    const retryMs = this.#retryMs(attempts, outcome);
    let isKept = true;
    await whenRoom(() => {
      isKept = queue.failed(delivery, nowUs + Math.round(retryMs * US_PER_MS));
    }, how);
    await whenRoom(() => channels.failed(channel, reason), how);
    log.warn(isKept ? 'a notice was not delivered' : 'a notice was given up', {
      channel,
      attempts: attempts + 1,
      reason,
    });
  }

  /** @returns what became of it; undefined where the server stops, and it stays in the queue as it is */
  async #attemptOf(delivery: Delivery, stop: AbortSignal): Promise<string | Error | undefined> {
    try {
      const channel = this.#options.channels.find(delivery.channel);
      if (channel === undefined) return undefined;
      const outcome = await this.#attempt(channel, delivery.notice, stop);
      return stop.aborted && typeof outcome !== 'string' ? undefined : outcome;
    } catch (error) {
      if (error instanceof VaultFault) return error;
      throw error;
    }
  }

  async #attempt(
    channel: OpenChannel,
    notice: Delivery['notice'],
    stop?: AbortSignal,
  ): Promise<string | DeliveryFault> {
    const { clock } = this.#options;
    const late = new AbortController();
    const over = new AbortController();
    const timeout = clock.sleep(ATTEMPT_MS_MAX, over.signal).then(() => late.abort());
    const signal = stop === undefined ? late.signal : AbortSignal.any([stop, late.signal]);
    try {
      return await send({ channel, notice, nowUs: clock.nowUs(), signal });
    } catch (error) {
      if (error instanceof DeliveryFault) return error;
      throw error;
    } finally {
      over.abort();
      await timeout;
    }
  }

  /** Full jitter (base/src/backoff.ts), by the attempts that the queue has counted. */
  #retryMs(attempts: number, error: Error): number {
    const atLeastMs = error instanceof DeliveryFault ? error.retryAfterMs : 0;
    const ceilingMs = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** Math.min(attempts, 20));
    return atLeastMs + this.#options.rng.next() * ceilingMs;
  }
}
