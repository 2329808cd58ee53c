/**
 * The demo's account: what was sent against what the cloud holds, what went wrong against what was noticed. Both sides
 * are asked for, not assumed: stored readings come from the ledgers, alarms from the list that the page shows.
 */
import type { Anomaly, Client } from '@fernsight/wire';
import type { Incident, IncidentKind } from './incident.ts';

/** An alarm counts for an incident up to so long after its end: values that return look like a shift, too. */
const GRACE_US = 30_000_000;
const PAGE_ROWS = 1_000;

export interface Tally {
  /** incidents that are over */
  readonly injected: number;
  readonly found: number;
}

export interface Matched extends Tally {
  readonly kinds: Readonly<Record<IncidentKind, Tally>>;
  /** alarms at no incident */
  readonly false: number;
}

export interface Account extends Matched {
  readonly sent: number;
  readonly stored: number;
  /** sent and neither stored nor waiting */
  readonly lost: number;
  readonly waiting: number;
}

/** Where and when an alarm began. */
export type Alarm = Pick<Anomaly, 'device' | 'sensor' | 'tsUs'>;

/** @returns the readings that the cloud holds of these devices, thinned ones included */
export async function countStored(client: Client, devices: readonly string[]): Promise<number> {
  let stored = 0;
  for (const device of devices) {
    const ledger = await client.call('ledger', { params: { device } });
    stored += ledger.stored + ledger.thinned;
  }
  return stored;
}

/** @returns the readings at which an alarm began, newest first */
export async function listAlarms(client: Client, fromUs: number): Promise<Anomaly[]> {
  const alarms: Anomaly[] = [];
  let cursor: string | undefined;
  do {
    const query = {
      alarms: true,
      fromUs,
      limit: PAGE_ROWS,
      ...(cursor === undefined ? {} : { cursor }),
    };
    const page = await client.call('anomalies', { query });
    alarms.push(...page.anomalies);
    cursor = page.next;
  } while (cursor !== undefined);
  return alarms;
}

/**
 * Matches alarms with incidents by device, sensor and time. An alarm over a device's sensors together (`@joint`) counts
 * for an incident of any of them.
 * @param untilUs incidents that were not over by then are left out
 */
export function matchAlarms(
  incidents: readonly Incident[],
  alarms: readonly Alarm[],
  untilUs: number,
): Matched {
  const over = incidents.filter(({ lastUs }) => lastUs <= untilUs);
  const found = over.filter((incident) => alarms.some((alarm) => belongs(alarm, incident)));
  const strays = alarms.filter((alarm) => !incidents.some((incident) => belongs(alarm, incident)));
  const tallyOf = (kind: IncidentKind): Tally => ({
    injected: over.filter((incident) => incident.kind === kind).length,
    found: found.filter((incident) => incident.kind === kind).length,
  });
  return {
    injected: over.length,
    found: found.length,
    kinds: { spike: tallyOf('spike'), drift: tallyOf('drift'), dropout: tallyOf('dropout') },
    false: strays.length,
  };
}

function belongs(alarm: Alarm, incident: Incident): boolean {
  return (
    alarm.device === incident.device &&
    (alarm.sensor === incident.sensor || alarm.sensor === '@joint') &&
    alarm.tsUs >= incident.firstUs &&
    alarm.tsUs <= incident.lastUs + GRACE_US
  );
}
