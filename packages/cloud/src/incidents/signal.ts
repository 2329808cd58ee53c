/** A cause that holds at a place: what keeps an incident firing. */
import type { Cause } from '@fernsight/wire';
import type { AlarmEdge } from '../worker/outcome.ts';

/** The sensor under which silence stands. No sensor has this name. */
export const WHOLE_DEVICE = '';

export interface Signal {
  readonly device: string;
  readonly cause: Cause;
  /** `@joint` for a verdict over the device's sensors together */
  readonly sensor: string;
  /** the reason in one plain sentence */
  readonly sentence: string;
}

/** @param edge an alarm that began */
export function signalOf({ device, sensor, sensorFault, sentence }: AlarmEdge): Signal {
  return { device, cause: sensorFault ? 'sensorFault' : 'anomaly', sensor, sentence };
}

export function silenceOf(device: string): Signal {
  const sentence = 'nothing was heard of it for too long';
  return { device, cause: 'silent', sensor: WHOLE_DEVICE, sentence };
}
