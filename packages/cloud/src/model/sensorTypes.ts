/** A sensor type as a request names it. */
import { ModelError, parseSensorType } from '@fernsight/detect';
import { RequestFault } from '../ingest/requestFault.ts';

/** @throws RequestFault (422) where it is none */
export function requireSensorType(sensorType: string): void {
  try {
    parseSensorType(sensorType);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw new RequestFault(422, error.reason, { hint: error.hint });
  }
}
