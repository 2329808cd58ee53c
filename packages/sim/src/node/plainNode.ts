/**
 * A plain device: any HTTP client that sends readings and sends them again until it is answered. What it is told of a
 * reading is noted, and what its cloud must have judged of it (verdicts.ts). One without a clock sends no stamps, and a
 * key with each request: its readings are stored once all the same.
 */
import { type Rng, US_PER_HOUR, US_PER_MS } from '@fernsight/base';
import { createSynthetic, type SyntheticSeries } from '@fernsight/edge';
import type { ReadingsReply } from '@fernsight/wire';
import { NodeClock, WallClock } from '../clock/nodeClock.ts';
import { PLAIN_WAITING_MAX } from '../limits.ts';
import { answered } from '../network/simLink.ts';
import type { PlainConfig } from '../plan/config.ts';
import { ACKED, REFUSED, type SeriesTruth, TAKEN, UNTIMELY } from '../truth/seriesTruth.ts';
import type { Marked } from '../truth/truth.ts';
import type { Machinery } from './machinery.ts';

interface Row extends Marked {
  readonly tsUs: number;
}

interface Waiting {
  readonly rows: Row[];
  readonly body: Buffer;
  readonly key: string | undefined;
  sentCount: number;
}

/** Rows of one request in a flood. */
const FLOOD_ROWS_MAX = 3_000;
const RETRY_MS = 4_000;

export class PlainNode {
  readonly config: PlainConfig;
  readonly #machinery: Machinery;
  readonly #rng: Rng;
  readonly #wall: WallClock;
  readonly #clock: NodeClock;
  readonly #sensors: readonly { readonly series: SeriesTruth; readonly values: SyntheticSeries }[];
  readonly #types: ReadonlyMap<string, string>;
  /** readings that the cloud was told in order and must have judged, in that order */
  readonly judged: Marked[] = [];
  #rows: Row[] = [];
  readonly #queue: Waiting[] = [];
  readonly #hasStamps: boolean;
  #keys = 0;
  #lastUs = 0;
  #flood = 0;
  #silentUntilMs = 0;
  #isOver = false;
  readonly #stop = new AbortController();

  constructor(config: PlainConfig, machinery: Machinery) {
    this.config = config;
    this.#machinery = machinery;
    this.#hasStamps = config.stamps === 'own';
    this.#rng = machinery.rng.fork(config.name);
    this.#wall = new WallClock(machinery.kernel, config.clock);
    this.#clock = new NodeClock(machinery.kernel, this.#wall);
    const { name: device } = config;
    this.#sensors = config.sensors.map(({ sensor, type }) => ({
      series: machinery.truth.seriesOf({ owner: device, device, sensor, isPlain: true }),
      values: createSynthetic({ type, rng: this.#rng.fork(sensor), cleanRows: 50 }),
    }));
    this.#types = new Map(config.sensors.map(({ sensor, type }) => [sensor, type]));
    machinery.network.join(device, config.group);
  }

  get name(): string {
    return this.config.name;
  }

  /** the stamp that what is measured now has at least */
  stampUs(): number {
    return Math.max(this.#clock.nowUs(), this.#lastUs);
  }

  get waitingCount(): number {
    return this.#queue.length + this.#rows.length;
  }

  run(): void {
    this.#measure();
    this.#send();
  }

  flood(rows: number): void {
    this.#flood += Math.min(FLOOD_ROWS_MAX, rows);
  }

  silence(forMs: number): void {
    this.#silentUntilMs = this.#machinery.kernel.nowMs + forMs;
  }

  /** Nothing is measured any more; what waits is still sent. */
  end(): void {
    this.#isOver = true;
    this.#pack();
  }

  stop(): void {
    this.#clock.stop();
  }

  async #measure(): Promise<void> {
    while (!this.#isOver) {
      await this.#clock.sleep(this.config.intervalMs);
      const isSilent = this.#machinery.kernel.nowMs < this.#silentUntilMs;
      if (this.#isOver || isSilent || this.#queue.length >= PLAIN_WAITING_MAX) continue;
      const rows = 1 + this.#flood;
      this.#flood = 0;
      for (let row = 0; row < rows; row++) this.#takeRow();
      if (rows > 1 || this.#rows.length >= this.config.rowsPerRequest * this.#sensors.length)
        this.#pack();
    }
  }

  #takeRow(): void {
    this.#lastUs = Math.max(this.#clock.nowUs(), this.#lastUs + US_PER_MS);
    for (const { series, values } of this.#sensors) {
      this.#rows.push(this.#make(series, values.next().value, this.#lastUs));
    }
  }

  #make(series: SeriesTruth, about: number, tsUs: number): Row {
    const number = series.make(about);
    series.set(number, TAKEN);
    if (this.#hasStamps) series.tsUs[number] = tsUs;
    series.takenMs[number] = this.#machinery.kernel.nowMs;
    return { series, number, tsUs };
  }

  /** A reading out of order, now and then: behind, far ahead, or another value at a stamp that was taken. */
  #odd(): Row[] {
    const { lateRatio, futureRatio, conflictRatio } = this.config;
    const series = this.#sensors[this.#rng.below(this.#sensors.length)]?.series;
    if (series === undefined) return [];
    const odd: Row[] = [];
    const take = (tsUs: number) => {
      const row = this.#make(series, 1, tsUs);
      series.set(row.number, UNTIMELY);
      odd.push(row);
    };
    const before = series.count - 3;
    const wholeSecond = this.#lastUs - (this.#lastUs % US_PER_MS);
    if (this.#rng.next() < lateRatio) take(wholeSecond - 1_000_000 + 1 + this.#rng.below(900));
    if (this.#rng.next() < futureRatio)
      take(wholeSecond + 3 * US_PER_HOUR + 1 + this.#rng.below(900));
    if (this.#rng.next() < conflictRatio && series.has(before, ACKED)) {
      take(series.tsUs[before] ?? 0);
    }
    return odd;
  }

  #pack(): void {
    if (this.#rows.length === 0) return;
    const rows = this.#rows;
    this.#rows = [];
    this.#wait(rows);
    const odd = this.#hasStamps ? this.#odd() : [];
    if (odd.length > 0) this.#wait(odd);
  }

  #wait(rows: Row[]): void {
    const key = this.#hasStamps ? undefined : `${this.name} ${++this.#keys}`;
    this.#queue.push({ rows, body: this.#encode(rows), key, sentCount: 0 });
  }

  #encode(rows: readonly Row[]): Buffer {
    if (this.config.format === 'rows') {
      const list = rows.map(({ series, number, tsUs }) => ({
        device: series.device,
        sensor: series.sensor,
        type: this.#types.get(series.sensor),
        value: series.value[number],
        ...(this.#hasStamps ? { time: timeOf(tsUs) } : {}),
      }));
      return Buffer.from(JSON.stringify({ rows: list }));
    }
    const columns = [...Map.groupBy(rows, ({ series }) => series)].map(([series, own]) => ({
      device: series.device,
      sensor: series.sensor,
      type: this.#types.get(series.sensor),
      ...(this.#hasStamps ? { tsUs: own.map(({ tsUs }) => tsUs) } : {}),
      value: own.map(({ number }) => series.value[number]),
    }));
    return Buffer.from(JSON.stringify({ columns }));
  }

  /** One request after the other, each until it is answered. */
  async #send(): Promise<void> {
    const { network } = this.#machinery;
    for (;;) {
      const [first] = this.#queue;
      if (first === undefined) {
        await this.#clock.sleep(this.config.intervalMs / 2);
        continue;
      }
      const { body, key } = first;
      const request = { route: 'pushReadings', device: this.name, body, key } as const;
      if (key !== undefined && first.sentCount++ > 0)
        this.#machinery.stats.happened('key sent again');
      const answer = await answered(this.#stop.signal, this.#clock, (hear) =>
        network.send(this.name, request, hear),
      );
      if (answer?.status === 202) {
        this.#queue.shift();
        this.#heard(first.rows, JSON.parse(answer.body) as ReadingsReply);
      } else {
        if (answer !== undefined && answer.status < 500 && answer.status !== 429) {
          this.#machinery.fail(
            'drops',
            `${this.name} was answered ${answer.status}: ${answer.body}`,
          );
        }
        await this.#clock.sleep(RETRY_MS * this.#rng.next());
      }
    }
  }

  #heard(rows: readonly Row[], reply: ReadingsReply): void {
    const refused = new Set<number>();
    for (const { at } of reply.errors) refused.add(this.#rowAt(rows, at));
    const count = reply.accepted + reply.duplicates + (reply.expired ?? 0) + reply.errors.length;
    if (count !== rows.length) {
      const answer = JSON.stringify(reply);
      this.#machinery.fail(
        'drops',
        `${this.name} sent ${rows.length} readings and heard ${answer}`,
      );
    }
    for (const [index, { series, number }] of rows.entries()) {
      series.ackedMs[number] = this.#machinery.kernel.nowMs;
      series.set(number, refused.has(index) ? REFUSED : ACKED);
      if (this.#hasStamps && !series.has(number, UNTIMELY)) this.judged.push({ series, number });
    }
  }

  /** @returns the row that a place in the request names: `rows/3`, `columns/0/value/3` */
  #rowAt(rows: readonly Row[], at: string): number {
    const parts = at.split('/');
    if (parts[0] === 'rows') return Number(parts[1]);
    const series = [...new Set(rows.map((row) => row.series))][Number(parts[1])];
    const own = rows.filter((row) => row.series === series)[Number(parts[3])];
    return own === undefined ? -1 : rows.indexOf(own);
  }
}

/** @returns a stamp with six digits behind the second */
function timeOf(tsUs: number): string {
  const digits = String(tsUs % US_PER_MS).padStart(3, '0');
  return new Date(tsUs / US_PER_MS).toISOString().replace('Z', `${digits}Z`);
}
