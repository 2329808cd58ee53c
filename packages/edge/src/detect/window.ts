/**
 * The summary of a device's last minutes: count, anomalies and scores over fixed windows of stamps, as the original
 * agent sent them. The open window is committed with the readings in it, so that a kill loses none of it; a window
 * closes when a reading of a later one comes, or when the device has been silent for the length of a window.
 */
import { SCORE_STEPS } from '@fernsight/detect';
import type { WindowSummary } from '@fernsight/wire/agent';
import type { OpenWindow } from '../outbox/counts.ts';

export class Window {
  readonly #device: string;
  readonly #lengthUs: number;
  #open: OpenWindow | undefined;
  #closedUs = Number.NEGATIVE_INFINITY;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(device: string, lengthUs: number, open?: OpenWindow) {
    this.#device = device;
    this.#lengthUs = lengthUs;
    this.#open = open;
  }

  /** @returns the open window, to be kept over a restart */
  get open(): OpenWindow | undefined {
    return this.#open;
  }

  /**
   * Counts a judged reading. One of an earlier window counts in the open one: its own is closed, perhaps sent.
   * @param at stamp and monotonic time of the reading
   * @returns the window before, when this reading closed it
   */
  add(
    at: { readonly tsUs: number; readonly monotonicMs: number },
    scoreSteps: number,
    anomaly: boolean,
  ): WindowSummary | undefined {
    const startUs = Math.floor(at.tsUs / this.#lengthUs) * this.#lengthUs;
    this.#lastMs = at.monotonicMs;
    if (this.#open === undefined && startUs <= this.#closedUs) return undefined;
    const closed =
      this.#open !== undefined && startUs > this.#open.startUs ? this.close() : undefined;
    this.#open ??= {
      startUs,
      count: 0,
      anomalies: 0,
      sumSteps: 0,
      minSteps: SCORE_STEPS,
      maxSteps: 0,
    };
    const open = this.#open;
    open.count++;
    if (anomaly) open.anomalies++;
    open.sumSteps += scoreSteps;
    if (scoreSteps < open.minSteps) open.minSteps = scoreSteps;
    if (scoreSteps > open.maxSteps) open.maxSteps = scoreSteps;
    return closed;
  }

  /** @returns the open window when nothing has come for the length of one */
  closeSilent(monotonicMs: number): WindowSummary | undefined {
    if (this.#open === undefined) return undefined;
    if (this.#lastMs === Number.NEGATIVE_INFINITY) this.#lastMs = monotonicMs;
    return monotonicMs - this.#lastMs >= this.#lengthUs / 1000 ? this.close() : undefined;
  }

  /** @returns the open window, closed as it is; undefined where none is open */
  close(): WindowSummary | undefined {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return undefined;
    this.#closedUs = open.startUs;
    return {
      device: this.#device,
      startUs: open.startUs,
      endUs: open.startUs + this.#lengthUs,
      sampleCount: open.count,
      anomalyCount: open.anomalies,
      avgScore: open.sumSteps / open.count / SCORE_STEPS,
      maxScore: open.maxSteps / SCORE_STEPS,
      minScore: open.minSteps / SCORE_STEPS,
    };
  }
}
