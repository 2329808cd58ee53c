/**
 * Where everything of a device's rows lies: numbers, tails and the weights by which the sensors predict each other.
 *
 * The header is that of a series (seriesState.ts), as far as it means the same, so that episode.ts serves both. The
 * buffer grows when a sensor is seen for the first time, and only then.
 */
import { TAIL_LENGTH } from './calibration/tail.ts';
import { FIRST_TS_US as CLOSED_TS_US, INTERVAL_US, LAST_TS_US } from './seriesState.ts';

/** Sensors of a device that are judged together: beyond it the weights would outgrow the cache. */
export const JOINT_SENSORS_MAX = 64;

/** Of the open event: its first marked row's stamp, 0 before the first, and the count of rows at its last marked one. They lie where a series has its
 * level and trend, which a device's rows have not. */
export const ONSET_US = 6;
export const MARKED_COUNT = 7;
/** The first marked row's stamp of the event of which a region kept an alarm quiet; it lies where a series has its last news. */
export const KEPT_QUIET_US = 16;

/** Beside the header of a series: mean and variance of the two distances, then the open block of their peaks. */
export const DISTANCES = 22;
/** the greatest decades of each distance in the block, and its rows so far */
export const BLOCK_PEAKS = 26;
export const BLOCK_ROWS = 28;
export const JOINT_HEADER = 29;

/** Of each sensor: held value, its stamp; its mean and variance; smoothed deviation and its variance; the same of what
 * the others leave unexplained. */
export const VALUE = 0;
export const VALUE_TS_US = 1;
export const MEAN = 2;
export const VARIANCE = 3;
export const SMOOTHED = 4;
export const SMOOTHED_VARIANCE = 5;
export const LEFT = 6;
export const LEFT_VARIANCE = 7;
export const SENSOR_LENGTH = 8;

/** What holds however many sensors there are: the row that closed last, the open one, and how far apart rows are. */
const HELD = [CLOSED_TS_US, LAST_TS_US, INTERVAL_US] as const;

/** Of the two distances one each. */
export const JOINT_TAILS = 2;

export class JointState {
  readonly width: number;
  readonly buffer: ArrayBuffer;
  readonly numbers: Float64Array;
  readonly tails: Float32Array;
  /** row j holds what the others say of sensor j */
  readonly weights: Float32Array;

  /** @param buffer jointBytes(width) long */
  constructor(width: number, buffer = new ArrayBuffer(jointBytes(width))) {
    const numbers = JOINT_HEADER + SENSOR_LENGTH * width;
    this.width = width;
    this.buffer = buffer;
    this.numbers = new Float64Array(buffer, 0, numbers);
    this.tails = new Float32Array(buffer, 8 * numbers, JOINT_TAILS * TAIL_LENGTH);
    const at = 8 * numbers + 4 * JOINT_TAILS * TAIL_LENGTH;
    this.weights = new Float32Array(buffer, at, width * width);
  }

  /**
   * @returns room for one more sensor, with the stamps and values that are held and nothing else: a distance over more
   *   sensors is another distance, and a sensor is not learnt at the rate of those that have been known for long
   */
  grown(): JointState {
    const grown = new JointState(this.width + 1);
    for (const place of HELD) grown.numbers[place] = this.numbers[place] ?? 0;
    for (let j = 0; j < this.width; j += 1) {
      const at = JOINT_HEADER + SENSOR_LENGTH * j;
      grown.numbers[at + VALUE] = this.numbers[at + VALUE] ?? 0;
      grown.numbers[at + VALUE_TS_US] = this.numbers[at + VALUE_TS_US] ?? 0;
    }
    return grown;
  }
}

/** @returns bytes of the state of so many sensors */
export function jointBytes(width: number): number {
  return (
    8 * (JOINT_HEADER + SENSOR_LENGTH * width) + 4 * (JOINT_TAILS * TAIL_LENGTH + width * width)
  );
}
