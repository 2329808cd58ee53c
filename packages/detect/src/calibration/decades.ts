/**
 * From a standardised deviation to decades of evidence, under a Gaussian null.
 *
 * Up to the knee it is −log10 of the two-sided tail probability, by a quadratic that is off by less than 0.06; beyond
 * it grows with the logarithm of z, with the slope it had there. So a value a million deviations out weighs 90 decades
 * and not 10^11, and a power-law tail, straight on double logarithmic paper, is a straight line for the calibration.
 */
import { log } from '../math.ts';

const SQUARE = 0.1789;
const LINEAR = 0.3196;
const KNEE = 4;
const KNEE_DECADES = (SQUARE * KNEE + LINEAR) * KNEE;
const KNEE_SLOPE = (2 * SQUARE * KNEE + LINEAR) * KNEE;

/** @param z in deviations, any sign, finite @returns decades >= 0, monotone in |z| */
export function decadesOfZ(z: number): number {
  const size = z < 0 ? -z : z;
  if (size <= KNEE) return (SQUARE * size + LINEAR) * size;
  return KNEE_DECADES + KNEE_SLOPE * log(size / KNEE);
}
