/**
 * A device without an agent: it sends its readings by HTTP and knows nothing of sequence numbers or batches. What it
 * has while catching up goes as columns to `/api/v1/readings`; from then on a row at a time, there or, as an old client
 * would, to `/data`.
 */
import { Backoff, type Clock, formatTimestamp, type Rng } from '@fernsight/base';
import { CallError, type Client } from '@fernsight/wire/client';
import { rowsAsTheyFall } from './plantSource.ts';
import type { Signal, SignalRow } from './signal.ts';

/** Waits between attempts while the cloud is busy. */
const RETRY = { baseMs: 100, capMs: 5_000 };

export interface PlainDeviceOptions {
  readonly signal: Signal;
  readonly client: Client;
  readonly clock: Clock;
  readonly rng: Rng;
  /** live rows go to `/data` */
  readonly speaksOriginal: boolean;
}

export class PlainDevice {
  readonly #options: PlainDeviceOptions;
  readonly #backoff: Backoff;
  /** readings that the cloud has acknowledged */
  sentCount = 0;
  /** readings measured */
  takenCount = 0;

  constructor(options: PlainDeviceOptions) {
    this.#options = options;
    this.#backoff = new Backoff(RETRY, options.rng);
  }

  /** Sends until `end` is aborted, and then no more than what it had taken. */
  async run(end: AbortSignal): Promise<void> {
    const { signal, clock } = this.#options;
    for await (const rows of rowsAsTheyFall(signal, clock, end)) {
      const readings = rows.length * signal.machine.sensors.length;
      this.takenCount += readings;
      if (await this.#deliver(rows, end)) this.sentCount += readings;
    }
  }

  /** Repeats until it is acknowledged: applying it twice is applying it once (I4). @returns false when ended before */
  async #deliver(rows: readonly SignalRow[], end: AbortSignal): Promise<boolean> {
    for (;;) {
      try {
        await this.#send(rows);
        this.#backoff.succeeded();
        return true;
      } catch (error) {
        if (!mayRepeat(error)) throw error;
        if (end.aborted) return false;
        await this.#options.clock.sleep(this.#backoff.failed(), end);
      }
    }
  }

  async #send(rows: readonly SignalRow[]): Promise<void> {
    const { client, signal, speaksOriginal } = this.#options;
    const { device, sensors } = signal.machine;
    const [row] = rows;
    if (speaksOriginal && rows.length === 1 && row !== undefined) {
      const metrics = sensors.map(({ sensor }, index) => ({
        type: sensor,
        value: row.values[index] ?? 0,
      }));
      await client.call('data', {
        body: { device_id: device, timestamp: formatTimestamp(row.tsUs), metrics },
      });
      return;
    }
    const columns = sensors.map(({ sensor, type, unit }, index) => ({
      device,
      sensor,
      type,
      unit,
      tsUs: rows.map(({ tsUs }) => tsUs),
      value: rows.map(({ values }) => values[index] ?? 0),
    }));
    await client.call('pushReadings', { body: { columns } });
  }
}

/** The network's errors are TypeErrors of fetch. A refusal would only be repeated. */
function mayRepeat(error: unknown): boolean {
  if (error instanceof CallError) return error.status === 429 || error.status >= 500;
  return error instanceof TypeError;
}
