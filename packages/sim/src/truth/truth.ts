/** All readings of a history, and in which order each node took them. */
import { must } from '@fernsight/base';
import { SeriesTruth } from './seriesTruth.ts';

/** A reading, by its series and its number there. */
export interface Marked {
  readonly series: SeriesTruth;
  readonly number: number;
}

const NUMBERS = 2 ** 20;

/** The readings that one agent took and has not lost, in their order. */
export class TakenOrder {
  readonly #truth: Truth;
  readonly #codes: number[] = [];

  constructor(truth: Truth) {
    this.#truth = truth;
  }

  get length(): number {
    return this.#codes.length;
  }

  push({ series, number }: Marked): void {
    this.#codes.push(series.index * NUMBERS + number);
  }

  at(index: number): Marked {
    return this.#truth.decode(must(this.#codes[index], 'a reading that was taken'));
  }

  /** Drops everything from a place on. @returns what was dropped, in its order */
  cut(length: number): Marked[] {
    return this.#codes.splice(length).map((code) => this.#truth.decode(code));
  }
}

export class Truth {
  readonly #series: SeriesTruth[] = [];
  readonly #byName = new Map<string, SeriesTruth>();

  /** @returns the series, made where it is new */
  seriesOf(about: Pick<SeriesTruth, 'owner' | 'device' | 'sensor' | 'isPlain'>): SeriesTruth {
    const key = `${about.device}/${about.sensor}`;
    const known = this.#byName.get(key);
    if (known !== undefined) return known;
    const fresh = new SeriesTruth(this.#series.length, about);
    this.#series.push(fresh);
    this.#byName.set(key, fresh);
    return fresh;
  }

  find(device: string, sensor: string): SeriesTruth | undefined {
    return this.#byName.get(`${device}/${sensor}`);
  }

  get all(): readonly SeriesTruth[] {
    return this.#series;
  }

  /** readings made so far */
  get count(): number {
    return this.#series.reduce((sum, { count }) => sum + count, 0);
  }

  decode(code: number): Marked {
    const series = must(this.#series[Math.floor(code / NUMBERS)], 'a series of the history');
    return { series, number: code % NUMBERS };
  }

  encode({ series, number }: Marked): number {
    return series.index * NUMBERS + number;
  }
}
