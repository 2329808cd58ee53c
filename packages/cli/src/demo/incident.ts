/**
 * What goes wrong in the plant, on purpose: spikes, drifts and dropouts, each remembered with its time, so that what the
 * detectors found can be counted against what was there.
 */
import type { Rng } from '@fernsight/base';
import type { Sensor } from './plant.ts';

export type IncidentKind = 'spike' | 'drift' | 'dropout';

export interface Incident {
  readonly device: string;
  readonly sensor: string;
  readonly kind: IncidentKind;
  /** stamps of the first and last reading that it changed */
  readonly firstUs: number;
  readonly lastUs: number;
}

/** An incident under way at one sensor. */
export interface Disturbance {
  readonly kind: IncidentKind;
  /** readings it lasts */
  readonly length: number;
  /** @returns the value that is read in place of `value`, at reading `step` of it, from 0 */
  disturb(value: number, step: number): number;
}

/** Sizes in standard deviations of the sensor's noise: plain to a careful eye on the chart, no more. */
const SPIKE_SIZE = { least: 9, most: 16 };
const DRIFT_SIZE = { least: 9, most: 14 };
const SPIKE_READINGS = 2;
const DRIFT_READINGS = 90;
/** The share of a drift in which it still grows; then it holds until it is mended. */
const DRIFT_RISE01 = 0.8;
const DROPOUT_READINGS = { least: 6, most: 18 };

export function drawDisturbance(sensor: Sensor, rng: Rng): Disturbance {
  const side = rng.next() < 0.5 ? -1 : 1;
  const within = ({ least, most }: { least: number; most: number }) =>
    least + rng.next() * (most - least);
  switch (rng.below(3)) {
    case 0: {
      const shift = side * within(SPIKE_SIZE) * sensor.noise;
      return {
        kind: 'spike',
        length: 1 + rng.below(SPIKE_READINGS),
        disturb: (value) => value + shift,
      };
    }
    case 1: {
      const shift = side * within(DRIFT_SIZE) * sensor.noise;
      const rise = DRIFT_READINGS * DRIFT_RISE01;
      return {
        kind: 'drift',
        length: DRIFT_READINGS,
        disturb: (value, step) => value + shift * Math.min(1, (step + 1) / rise),
      };
    }
    default: {
      const length = Math.round(within(DROPOUT_READINGS));
      return { kind: 'dropout', length, disturb: () => 0 };
    }
  }
}
