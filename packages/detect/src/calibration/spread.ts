/**
 * A running variance that outliers cannot blow up: squares are cut at CUT² variances and the mean is corrected for the
 * cut, so that on Gaussian noise it is the variance. It follows a lasting change within some hundred readings.
 */

const CUT = 2.5;
/** E[min(z², CUT²)] of a standard Gaussian */
const CUT_MEAN = 0.97756;
/** Above this rate, in the first readings, a cut would hold the variance at whatever the first one said. */
const UNCUT_RATE = 1 / 16;

/** @returns the variance after a value that is `value` from its expectation was seen; `rate` in (0, 1] */
export function learnVariance(variance: number, value: number, rate: number): number {
  const square = value * value;
  const most = CUT * CUT * variance;
  const seen =
    rate >= UNCUT_RATE || variance === 0 ? square : (square < most ? square : most) / CUT_MEAN;
  return variance + rate * (seen - variance);
}
