/**
 * The feature vector of the pipeline's forest: eight numbers without a unit, so that one forest serves every sensor.
 *
 * Each is measured in the series' own deviations and cut at ±CUT. A model is trained on exactly these, in this order;
 * SCALE_FREE_VERSION names the arithmetic, and a model of another version is not used.
 */
import type { Reading } from '../channels/reading.ts';
import type { Window } from './window.ts';

export const SCALE_FREE_VERSION = 1;
export const SCALE_FREE_NAMES = [
  'residual',
  'innovation',
  'difference',
  'windowMean',
  'windowDeviation',
  'windowRange',
  'shift',
  'noise',
] as const;
export const SCALE_FREE_WIDTH = SCALE_FREE_NAMES.length;
export const CUT = 16;

/** Fills the vector. @param window the last readings, this one included @param out length SCALE_FREE_WIDTH */
export function scaleFree(window: Window, of: Reading, out: Float64Array): void {
  const unit = of.deviation > 0 ? 1 / of.deviation : 0;
  const step = of.innovationDeviation > 0 ? 1 / of.innovationDeviation : 0;
  out[0] = cut(of.residualZ);
  out[1] = cut(of.innovationZ);
  out[2] = cut(window.difference() * step);
  out[3] = cut((window.mean() - of.level) * unit);
  out[4] = cut(window.deviation() * unit);
  out[5] = cut(window.range() * unit);
  out[6] = cut(of.shiftZ);
  out[7] = cut(of.noiseZ);
}

function cut(value: number): number {
  return value > CUT ? CUT : value < -CUT ? -CUT : value;
}
