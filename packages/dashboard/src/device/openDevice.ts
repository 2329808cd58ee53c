/**
 * The device that the viewer has open: the history of each sensor that is on screen, the anomalies of the range, and
 * what the live line brings. One range holds for all; a new one is asked of the server for each part, while what is on
 * screen stays until the answer comes.
 */
import type { DeviceFrame } from '@fernsight/wire';
import { type AnomalyView, viewWanted, type Wanted } from '../anomalies/anomalyFilter.ts';
import { AnomalyList } from '../anomalies/anomalyList.ts';
import type { Page } from '../frame/page.ts';
import { CHART_POINTS_MAX, MARKS_MAX, REASONS_STEP } from '../limits.ts';
import { bounds, type Range, spanOf } from './range.ts';
import { SeriesHistory, type Stretch } from './seriesHistory.ts';

/** The sensor under which verdicts over all sensors together are kept. */
export const JOINT = '@joint';

/** Fewer points would look angular on the narrowest phone. */
const POINTS_MIN = 300;
/** How often a live range is completed from the server: live readings carry on the chart in between. */
const REFRESH_MS = 30_000;
/** Charts of up to so long are kept for a reload: it is where one comes back to. */
const KEPT_SPAN_US = 3_600_000_000;

export class OpenDevice {
  /** every marked reading of the range, for the charts */
  readonly marks: AnomalyList;
  /** the reasons: alarms of the range, all marks, or what is kept quiet */
  readonly reasons: AnomalyList;
  readonly #page: Page;
  readonly #device: string;
  readonly #histories = new Map<string, SeriesHistory>();
  #range: Range;
  #points = POINTS_MIN;
  #view: AnomalyView = 'alarms';

  constructor(page: Page, device: string, range: Range) {
    this.#page = page;
    this.#device = device;
    this.#range = range;
    this.marks = new AnomalyList(page.client, MARKS_MAX);
    this.reasons = new AnomalyList(page.client, REASONS_STEP);
  }

  /** @returns the history of a sensor that came on screen, loaded or on its way */
  history(sensor: string): SeriesHistory {
    const known = this.#histories.get(sensor);
    if (known !== undefined) return known;
    const history = new SeriesHistory(this.#page, this.#device, sensor);
    this.#histories.set(sensor, history);
    void history.load(this.#stretch(), this.#isKept());
    return history;
  }

  /** @param width of a chart, CSS pixels: what points are asked for */
  show(range: Range, width: number): Promise<void> {
    this.#range = range;
    this.#points = Math.min(CHART_POINTS_MAX, Math.max(POINTS_MIN, Math.round(width)));
    return this.#load(this.reasons.open(this.#wantedReasons()));
  }

  showReasons(view: AnomalyView): Promise<void> {
    this.#view = view;
    return this.reasons.open(this.#wantedReasons());
  }

  append(frame: DeviceFrame): void {
    if (frame.device !== this.#device) return;
    for (const [sensor, history] of this.#histories) {
      history.append(frame.points.filter((point) => point.sensor === sensor));
    }
  }

  /** The live line brought an anomaly of this device. */
  async refreshAnomalies(): Promise<void> {
    if (this.#range.kind === 'live')
      await Promise.all([this.marks.refresh(), this.reasons.refresh()]);
  }

  /** Completes a live range now and then, and at once when the line comes back. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#page.machine.sleep(REFRESH_MS, signal);
      if (!signal.aborted) await this.refresh();
    }
  }

  /** Older reasons that were asked for stay. */
  async refresh(): Promise<void> {
    if (this.#range.kind !== 'live' || this.#page.isStale.peek()) return;
    await this.#load(this.reasons.refresh(this.#wantedReasons()));
  }

  close(): void {
    for (const history of this.#histories.values()) history.close();
    this.marks.close();
    this.reasons.close();
  }

  async #load(reasons: Promise<void>): Promise<void> {
    const stretch = this.#stretch();
    const { fromUs, toUs } = stretch;
    await Promise.all([
      ...[...this.#histories.values()].map((history) => history.load(stretch, this.#isKept())),
      this.marks.open({ device: this.#device, fromUs, toUs }),
      reasons,
    ]);
  }

  #wantedReasons(): Wanted {
    const { fromUs, toUs } = this.#stretch();
    return { device: this.#device, fromUs, toUs, ...viewWanted(this.#view) };
  }

  #stretch(): Stretch {
    const { fromUs, toUs } = bounds(this.#range, this.#page.nowUs.peek());
    // a live range reaches a little beyond now: clocks differ, and readings come while the answer is under way
    const isLive = this.#range.kind === 'live';
    const endUs = toUs + (isLive ? 60_000_000 : 0);
    return { fromUs: Math.round(fromUs), toUs: Math.round(endUs), points: this.#points, isLive };
  }

  #isKept(): boolean {
    return this.#range.kind === 'live' && spanOf(this.#range) <= KEPT_SPAN_US;
  }
}
