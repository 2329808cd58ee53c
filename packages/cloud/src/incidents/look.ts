/**
 * One look through the incidents: quiet ones close, and those that are due are told. It costs a pass over all that wait,
 * which may be a whole fleet that waits for a minute; so it says when it would find anything new, unless something changes.
 */
import { dueUs } from './grouping.ts';
import type { Gathered, IncidentRows, Now } from './incidentRows.ts';
import type { Maintenance } from './maintenance.ts';

export interface Telling {
  readonly rows: IncidentRows;
  readonly maintenance: Maintenance;
  readonly tell: (gathered: Gathered, now: Now) => void;
  readonly tellEnds: (gathered: Gathered, nowUs: number) => void;
}

/** @returns before when another look would find nothing else, as far as it depends on the clock alone. O(incidents that wait) */
export function lookThrough(telling: Telling, nowUs: number): number {
  const { rows, maintenance, tell, tellEnds } = telling;
  rows.closeQuiet(nowUs);
  const peaceful = maintenance.peaceful(nowUs);
  const begun = peaceful === 'all' ? [] : rows.gathered({ nowUs, peaceful });
  let nextUs = Math.min(maintenance.nextEdgeUs(nowUs), rows.nextMuteEndUs(nowUs));
  for (const gathered of begun) {
    const atUs = dueUs({ ...gathered, crowdUs: rows.crowdToldUs(gathered.cause) });
    if (atUs > nowUs) nextUs = Math.min(nextUs, atUs);
    else if (peaceful !== 'all') tell(gathered, { nowUs, peaceful });
  }
  for (const gathered of rows.gatheredEnds()) {
    const atUs = dueUs({ ...gathered, crowdUs: rows.crowdEndToldUs(gathered.cause) });
    if (atUs > nowUs) nextUs = Math.min(nextUs, atUs);
    else tellEnds(gathered, nowUs);
  }
  return nextUs;
}
