/**
 * A reading on its way through the pipeline: each stage adds what the next ones need.
 *
 * There is one record a module, filled anew for every reading of every series; it holds nothing between readings.
 */
export interface Reading extends Learning {
  tsUs: number;
  value: number;
  /** whether it equals the one before */
  repeats: boolean;
  /** hour of the device's day, and whether hours may have a say yet */
  hour: number;
  hourKnown: boolean;
  // residual/expectation.ts: in the sensor's unit
  level: number;
  season: number;
  /** the part of the last residual that was expected to stay */
  carried: number;
  residual: number;
  innovation: number;
  deviation: number;
  innovationDeviation: number;
  /** in deviations */
  residualZ: number;
  innovationZ: number;
  // channels/evidence.ts: in their own deviations
  shiftZ: number;
  noiseZ: number;
  // the verdict: unusual; unusual for a moment only; like what people called harmless
  marked: boolean;
  spike: boolean;
  quiet: boolean;
  // learning: its rate, whether spreads are known, the residual after the cut
  settled: boolean;
  cutResidual: number;
}

/** Handed on as a record: a number handed to a function that is not inlined is boxed by the engine at each call. */
export interface Learning {
  /** the part of its weight with which a reading is learnt, in (0, 1] */
  rate: number;
}

export function createReading(): Reading {
  return {
    tsUs: 0,
    value: 0,
    repeats: false,
    hour: 0,
    hourKnown: false,
    level: 0,
    season: 0,
    carried: 0,
    residual: 0,
    innovation: 0,
    deviation: 0,
    innovationDeviation: 0,
    residualZ: 0,
    innovationZ: 0,
    shiftZ: 0,
    noiseZ: 0,
    marked: false,
    spike: false,
    quiet: false,
    rate: 0,
    settled: false,
    cutResidual: 0,
  };
}
