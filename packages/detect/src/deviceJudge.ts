/**
 * Judges a device: each of its series on its own, and all of them together.
 *
 * This is the one composition that agent, cloud worker, simulation and `fernsight score` share, so that the same
 * readings get the same verdicts everywhere (I5). A series' judge is made at its first reading. Budgets hold a series
 * and, once more, for the device's rows.
 */
import type { RowScorer } from './forest/rowScorer.ts';
import type { JointVerdict } from './jointJudge.ts';
import { JointJudge } from './jointJudge.ts';
import type { JudgeOptions } from './options.ts';
import type { Limits, SeriesOptions } from './seriesJudge.ts';
import { SeriesJudge } from './seriesJudge.ts';
import type { Region } from './suppression.ts';
import type { Verdict } from './verdict.ts';

/** The budget holds each series and, once more, the device's rows. */
export interface DeviceOptions extends JudgeOptions {
  /** the device's fixed offset from UTC; default 0 */
  readonly utcOffsetMinutes?: number | undefined;
  /** asked once, when a series' judge is made */
  readonly forestFor?: ((sensor: string) => RowScorer | undefined) | undefined;
  /** asked once, when a series' judge is made */
  readonly limits?: ((sensor: string) => Limits | undefined) | undefined;
}

export class DeviceJudge {
  readonly #options: DeviceOptions;
  readonly #series = new Map<string, SeriesJudge>();
  readonly #reading = { sensor: '', tsUs: 0, value: 0 };
  #joint: JointJudge;

  /** @throws {RangeError} on a budget that is no number above 0 */
  constructor(options: DeviceOptions = {}) {
    this.#options = options;
    this.#joint = new JointJudge(options);
  }

  /**
   * Judges one reading: its series' verdict at once, the row's when the row closes.
   * @param tsUs after the series' last stamp; one before the device's open row is judged alone, in no row
   * @param value finite, in the sensor's unit
   * @param out overwritten with the verdict on this reading
   * @param joint overwritten with the verdict on the row before (its stamp in joint.tsUs) when the result is true
   * @returns whether a row closed
   * @throws {ReadingError} and changes nothing where the value is not finite or the stamp is not later
   */
  judge(sensor: string, tsUs: number, value: number, out: Verdict, joint: JointVerdict): boolean {
    const known = this.#series.get(sensor);
    const series = known ?? new SeriesJudge(this.#optionsFor(sensor));
    series.judge(tsUs, value, out);
    // only now: a reading that is refused leaves no judge behind
    if (known === undefined) this.#series.set(sensor, series);
    this.#reading.sensor = sensor;
    this.#reading.tsUs = tsUs;
    this.#reading.value = value;
    return this.#joint.judge(this.#reading, joint);
  }

  /** Judges one reading by its series alone, in no row, and learns nothing from it. Errors as judge; copies the series' state */
  glance(sensor: string, tsUs: number, value: number, out: Verdict): void {
    const series = this.#series.get(sensor) ?? new SeriesJudge(this.#optionsFor(sensor));
    series.glance(tsUs, value, out);
  }

  /** Closes the open row, as the device's next stamp would: for the end of a file. @returns whether there was one */
  closeRow(joint: JointVerdict): boolean {
    return this.#joint.closeRow(joint);
  }

  /** @returns whether the series has a judge already, made or restored */
  has(sensor: string): boolean {
    return this.#series.has(sensor);
  }

  /** @returns the sensors whose series have a judge, in the order they came */
  sensors(): string[] {
    return [...this.#series.keys()];
  }

  /** @returns the whole state of one series, or undefined where it has no judge. About 4 KB */
  seriesSnapshot(sensor: string): Uint8Array | undefined {
    return this.#series.get(sensor)?.snapshot();
  }

  /** @returns the whole state across the sensors, the open row included */
  jointSnapshot(): Uint8Array {
    return this.#joint.snapshot();
  }

  /** Puts a series where its snapshot left it. @throws {SnapshotError} and keeps what was */
  restoreSeries(sensor: string, bytes: Uint8Array): void {
    this.#series.set(sensor, SeriesJudge.restore(bytes, this.#optionsFor(sensor)));
  }

  /** Puts the rows where their snapshot left them. @throws {SnapshotError} and keeps what was */
  restoreJoint(bytes: Uint8Array): void {
    this.#joint = JointJudge.restore(bytes, this.#options);
  }

  /** Puts another forest in place between two readings; nothing happens where the series has no judge yet. */
  swapForest(sensor: string, forest: RowScorer | undefined): void {
    this.#series.get(sensor)?.swapForest(forest);
  }

  /** Puts suppression regions of a series in place between two readings; a series without a judge gets one. */
  suppress(sensor: string, regions: readonly Region[]): void {
    const series = this.#series.get(sensor) ?? new SeriesJudge(this.#optionsFor(sensor));
    series.suppress(regions);
    this.#series.set(sensor, series);
  }

  /** @returns the suppression regions of a series in force */
  regions(sensor: string): Region[] {
    return this.#series.get(sensor)?.regions() ?? [];
  }

  /** Puts suppression regions over the sensors together in place between two rows. */
  suppressJoint(regions: readonly Region[]): void {
    this.#joint.suppress(regions);
  }

  /** @returns the suppression regions over the sensors together */
  jointRegions(): Region[] {
    return this.#joint.regions();
  }

  #optionsFor(sensor: string): SeriesOptions {
    const { budgetPerWeek, utcOffsetMinutes, forestFor, limits } = this.#options;
    return {
      budgetPerWeek,
      utcOffsetMinutes,
      forest: forestFor?.(sensor),
      limits: limits?.(sensor),
    };
  }
}
