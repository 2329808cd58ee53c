/**
 * The live line: one streamed request to `/api/v1/live`, held open for as long as the page is.
 *
 * It is connecting until the first bytes come, then live. When the line breaks, ends, is refused or stays silent for
 * SILENCE_MS_MAX it waits, with full jitter and a growing bound, and connects again with the id of the last event it
 * had, so that nothing is missed while the server still has it. Watching another device reopens the line at once from
 * the same id.
 */

import type { FleetFrame, LiveEvents } from '@fernsight/wire';
import { addresses, locate } from '@fernsight/wire/client';
import { signal as createSignal } from '@preact/signals';
import { RETRY_MS_MAX, SILENCE_MS_MAX } from '../limits.ts';
import { readEvents, type ServerEvent } from './events.ts';
import type { Machine } from './machine.ts';

export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  | {
      readonly state: 'waiting';
      readonly retryAtUs: number;
      readonly reason: string;
      /** the server wants to know who it is */
      readonly isRefused: boolean;
    };

const SIGN_IN = 'The server asks for sign-in.';

/** Called with each event's data, in order. */
export type FeedSink = { readonly [Name in keyof LiveEvents]: (data: LiveEvents[Name]) => void };

/** First bound of the wait; it doubles up to RETRY_MS_MAX. A restarted server is found within a second or two. */
const RETRY_MS_MIN = 500;

/** Between two parts of a frame: the shortest pause in which a browser draws. */
const TURN_MS = 1;

export class Feed {
  readonly connection = createSignal<Connection>({ state: 'connecting' });
  readonly #machine: Machine;
  readonly #sink: FeedSink;
  #lastId = '';
  #device: string | undefined;
  #failures = 0;
  #round = new AbortController();

  constructor(machine: Machine, sink: FeedSink) {
    this.#machine = machine;
    this.#sink = sink;
  }

  /** From now on the readings of `device` come too; undefined: of none. */
  watch(device: string | undefined): void {
    if (device === this.#device) return;
    this.#device = device;
    this.retry();
  }

  /** Connects now, whatever it was doing. */
  retry(): void {
    this.#round.abort();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#round = new AbortController();
      const round = AbortSignal.any([signal, this.#round.signal]);
      const reason = await this.#listen(round);
      if (!round.aborted) await this.#wait(reason, round);
    }
  }

  /** @returns why the line ended */
  async #listen(round: AbortSignal): Promise<string> {
    const line = new AbortController();
    const ended = AbortSignal.any([round, line.signal]);
    let heardUs = this.#machine.nowUs();
    const heard = () => {
      heardUs = this.#machine.nowUs();
      this.#failures = 0;
      if (this.connection.peek().state !== 'live') this.connection.value = { state: 'live' };
    };
    const watchdog = this.#watchSilence(line, () => heardUs);
    try {
      const response = await this.#open(ended);
      if (!response.ok || response.body === null) return refusal(response);
      for await (const event of readEvents(response.body, heard)) {
        if (this.#take(event)) await this.#machine.sleep(TURN_MS, ended);
      }
      return 'The server closed the connection.';
    } catch (error) {
      if (line.signal.aborted) return 'Nothing was heard from the server.';
      if (isNoAnswer(error)) return 'The server does not answer.';
      throw error;
    } finally {
      line.abort();
      await watchdog;
    }
  }

  #open(signal: AbortSignal): Promise<Response> {
    const address = locate(addresses.live, {}, { device: this.#device });
    const headers = { accept: 'text/event-stream', 'last-event-id': this.#lastId };
    return this.#machine.fetch(address, { headers, signal, cache: 'no-store' });
  }

  async #watchSilence(line: AbortController, heardUs: () => number): Promise<void> {
    while (!line.signal.aborted) {
      await this.#machine.sleep(SILENCE_MS_MAX / 4, line.signal);
      if (this.#machine.nowUs() - heardUs() > SILENCE_MS_MAX * 1000) line.abort();
    }
  }

  /** @returns whether the frame goes on in the next event: the browser draws before it is parsed */
  #take({ id, event, data }: ServerEvent): boolean {
    let isPart = false;
    if (event === 'reset' || event === 'fleet') {
      const frame: FleetFrame = JSON.parse(data);
      this.#sink[event](frame);
      isPart = frame.more === true;
    } else if (event === 'device') this.#sink.device(JSON.parse(data));
    this.#lastId = id;
    return isPart;
  }

  async #wait(reason: string, round: AbortSignal): Promise<void> {
    const boundMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 10);
    const waitMs = (0.5 + this.#machine.random() / 2) * boundMs;
    const retryAtUs = this.#machine.nowUs() + waitMs * 1000;
    this.connection.value = { state: 'waiting', retryAtUs, reason, isRefused: reason === SIGN_IN };
    await this.#machine.sleep(waitMs, round);
    this.connection.value = { state: 'connecting' };
  }
}

function refusal(response: Response): string {
  if (response.status === 401 || response.status === 403) return SIGN_IN;
  return `The server refused: ${response.status} ${response.statusText}`.trim();
}

/** What `fetch` and its stream throw when the line is down or was cut on purpose. */
function isNoAnswer(error: unknown): boolean {
  return (
    error instanceof TypeError || (error instanceof DOMException && error.name !== 'SyntaxError')
  );
}
