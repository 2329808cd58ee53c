/** An incident in words. */
import type { Cause, Incident } from '@fernsight/wire';
import { JOINT } from '../device/openDevice.ts';

const HOUR_US = 3_600_000_000;
export const MUTES: readonly { readonly words: string; readonly us: number }[] = [
  { words: 'for an hour', us: HOUR_US },
  { words: 'for eight hours', us: 8 * HOUR_US },
  { words: 'for a day', us: 24 * HOUR_US },
];

export const CAUSE_WORDS: Readonly<Record<Cause, string>> = {
  anomaly: 'Unusual',
  sensorFault: 'Sensor fault',
  silent: 'Silent',
};

export const CAUSE_NAMES: readonly Cause[] = ['anomaly', 'sensorFault', 'silent'];

export function causeWords({ cause, sensors }: Incident): string {
  const where = sensors.map((sensor) => (sensor === JOINT ? 'sensors together' : sensor));
  return where.length === 0 ? CAUSE_WORDS[cause] : `${CAUSE_WORDS[cause]}: ${where.join(', ')}`;
}

interface IncidentStanding {
  readonly tone: 'alarm' | 'mark' | 'calm';
  readonly words: string;
}

/** What matters most of its state: over, somebody on it, silenced, or burning. */
export function incidentStanding(incident: Incident, nowUs: number): IncidentStanding {
  if (incident.state === 'closed') return { tone: 'calm', words: 'Closed' };
  if (incident.acknowledgedBy !== null) {
    return { tone: 'mark', words: `${incident.acknowledgedBy} is on it` };
  }
  if (incident.inMaintenance) return { tone: 'calm', words: 'In maintenance' };
  if (incident.mutedUntilUs !== null && incident.mutedUntilUs > nowUs) {
    return { tone: 'calm', words: 'Muted' };
  }
  return incident.state === 'quiet'
    ? { tone: 'mark', words: 'Calming down' }
    : { tone: 'alarm', words: 'Firing' };
}
