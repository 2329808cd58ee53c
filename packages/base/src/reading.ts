/** A reading: one value of one sensor of one device at one time, and what may be known of the sensor beforehand. */
import type { DeviceId, TsUs } from './ids.ts';

export interface Reading {
  readonly device: DeviceId;
  readonly sensor: string;
  readonly tsUs: TsUs;
  /** finite */
  readonly value: number;
}

/** Stands for the sensor where all sensors of a device are meant together: no sensor's name begins so. */
export const JOINT_SENSOR = '@joint';

/** What is known of a sensor; every field may be absent. */
export interface SensorCard {
  readonly sensor: string;
  /** the kind of quantity, which picks the model: `temperature` */
  readonly type?: string;
  readonly unit?: string;
  /** values outside are impossible: the sensor is at fault */
  readonly min?: number;
  readonly max?: number;
  /** the time between readings that is normal; silence is judged by it */
  readonly intervalUs?: number;
}
