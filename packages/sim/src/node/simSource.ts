/**
 * The sensors of an agent, for the whole history: a chip that is polled and forgets, or a log that grows whether
 * anybody reads it or not, and can be read again from any row.
 */
import { type Clock, type Rng, US_PER_MS } from '@fernsight/base';
import {
  type Block,
  createSynthetic,
  type Source,
  type SyntheticSeries,
  type Taken,
} from '@fernsight/edge';
import { START_US } from '../clock/nodeClock.ts';
import type { AgentConfig } from '../plan/config.ts';
import type { SeriesTruth } from '../truth/seriesTruth.ts';
import { LOST, TAKEN } from '../truth/seriesTruth.ts';
import type { Marked } from '../truth/truth.ts';
import type { Machinery } from './machinery.ts';

interface Sensor {
  readonly series: SeriesTruth;
  readonly values: SyntheticSeries;
}

/** A row of the log: one reading of each sensor. */
interface Row {
  readonly tsUs: number;
  readonly numbers: readonly number[];
}

export interface SourceOptions {
  readonly rng: Rng;
  /** a reading was handed to the agent */
  readonly onTaken: (reading: Marked) => void;
  readonly onAcknowledged: (rowCount: number) => void;
}

/** Readings of one block, at most. */
const BLOCK_READINGS = 900;
/** Rows of a log that nobody read for long are made up to so many. */
const ROWS_BEHIND_MAX = 5_000;

export class SimSource {
  readonly #config: AgentConfig;
  readonly #machinery: Machinery;
  readonly #options: SourceOptions;
  readonly #sensors: readonly Sensor[];
  readonly #log: Row[] = [];
  #loggedMs = 0;
  #flood = 0;
  #silentUntilMs = 0;
  #isOver = false;
  /** rows of the log that the agent was given */
  #given = 0;

  constructor(config: AgentConfig, machinery: Machinery, options: SourceOptions) {
    this.#config = config;
    this.#machinery = machinery;
    this.#options = options;
    const devices = config.child === undefined ? [config.name] : [config.name, config.child];
    this.#sensors = devices.flatMap((device) =>
      config.sensors.map(({ sensor, type }) => ({
        series: machinery.truth.seriesOf({ owner: config.name, device, sensor, isPlain: false }),
        values: createSynthetic({
          type,
          rng: options.rng.fork(`${device}/${sensor}`),
          cleanRows: 50,
        }),
      })),
    );
  }

  /** readings of one row */
  get rowReadings(): number {
    return this.#sensors.length;
  }

  /** whether the agent was given all that was logged */
  get isRead(): boolean {
    return this.#config.source === 'polled' || this.#given === this.#log.length;
  }

  /** So many rows more than usual, at once. */
  flood(rows: number): void {
    this.#flood += rows;
  }

  /** Nothing is measured for a while. */
  silence(forMs: number): void {
    this.#silentUntilMs = this.#machinery.kernel.nowMs + forMs;
  }

  /** Nothing is measured any more. What the log holds can still be read. */
  end(): void {
    if (this.#config.source === 'repeatable') this.#produce();
    this.#isOver = true;
  }

  /** A log has these again to give; of a chip they are gone. */
  lose(readings: readonly Marked[]): void {
    for (const { series, number } of readings) series.flags[number] = LOST;
  }

  /** @param clock of the process that reads */
  open(clock: Clock): Source {
    const isRepeatable = this.#config.source === 'repeatable';
    const read = (from: string | undefined, signal: AbortSignal) =>
      isRepeatable ? this.#readLog(Number(from ?? 0), clock, signal) : this.#poll(clock, signal);
    return {
      name: 'sim',
      repeatable: isRepeatable,
      sensors: this.#config.sensors.map(({ sensor, type }) => ({ sensor, type })),
      read,
      acknowledge: (position) => this.#options.onAcknowledged(Number(position)),
    };
  }

  async *#poll(clock: Clock, signal: AbortSignal): AsyncGenerator<Block> {
    while (!signal.aborted) {
      if (this.#isMeasuring()) {
        const rows = 1 + Math.min(this.#flood, Math.floor(BLOCK_READINGS / this.rowReadings) - 1);
        this.#flood -= rows - 1;
        const readings: Taken[] = [];
        for (let row = 0; row < rows; row++) {
          for (const { series, values } of this.#sensors) {
            readings.push(this.#give(series, series.make(values.next().value)));
          }
        }
        yield { readings };
      }
      await clock.sleep(this.#config.intervalMs, signal);
    }
  }

  async *#readLog(from: number, clock: Clock, signal: AbortSignal): AsyncGenerator<Block> {
    const rowsMax = Math.floor(BLOCK_READINGS / this.rowReadings);
    for (let next = from; !signal.aborted; ) {
      this.#produce();
      const rows = this.#log.slice(next, next + rowsMax);
      next += rows.length;
      this.#given = next;
      if (rows.length === 0) {
        await clock.sleep(this.#config.intervalMs, signal);
        continue;
      }
      const readings = rows.flatMap(({ tsUs, numbers }) =>
        this.#sensors.map(({ series }, index) => this.#give(series, numbers[index] ?? 0, tsUs)),
      );
      yield { readings, position: String(next) };
    }
  }

  #give(series: SeriesTruth, number: number, tsUs?: number): Taken {
    series.flags[number] = TAKEN;
    series.takenMs[number] = this.#machinery.kernel.nowMs;
    if (tsUs !== undefined) series.tsUs[number] = tsUs;
    this.#options.onTaken({ series, number });
    const { device, sensor } = series;
    const value = series.value[number] ?? 0;
    return {
      sensor,
      value,
      ...(device === this.#config.name ? {} : { device }),
      ...(tsUs === undefined ? {} : { tsUs }),
    };
  }

  /** Logs what was measured until now. */
  #produce(): void {
    const nowMs = this.#machinery.kernel.nowMs;
    const { intervalMs } = this.#config;
    this.#loggedMs = Math.max(this.#loggedMs, nowMs - ROWS_BEHIND_MAX * intervalMs);
    for (; this.#loggedMs + intervalMs <= nowMs; this.#loggedMs += intervalMs) {
      if (this.#loggedMs < this.#silentUntilMs || this.#isOver) continue;
      this.#append(START_US + (this.#loggedMs + intervalMs) * US_PER_MS);
    }
    for (; this.#flood > 0 && !this.#isOver; this.#flood--) {
      this.#append((this.#log.at(-1)?.tsUs ?? START_US) + 1);
    }
  }

  #append(tsUs: number): void {
    const lastUs = this.#log.at(-1)?.tsUs ?? 0;
    const numbers = this.#sensors.map(({ series, values }) => series.make(values.next().value));
    this.#log.push({ tsUs: Math.max(tsUs, lastUs + 1), numbers });
  }

  #isMeasuring(): boolean {
    return !this.#isOver && this.#machinery.kernel.nowMs >= this.#silentUntilMs;
  }
}
