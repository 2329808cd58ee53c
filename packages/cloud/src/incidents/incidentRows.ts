/**
 * Incidents in the database, and the states that one goes through.
 *
 * firing: a signal stands. It was opened by the first one; more join it.
 * quiet: the last signal has ended. A signal that comes back within QUIET_US makes it firing again, silently.
 * closed: it stayed quiet. A signal that comes later opens another incident.
 *
 * Beside that, while it is open, it may be acknowledged (told no more) or muted (told again when the mute ends and it
 * fires still). The unique index over (device, cause) of open ones, and that every step is one statement, make any number
 * of workers act as one.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { must } from '@fernsight/base';
import { type Cause, type Incident, type IncidentsQuery, PAGE_ROWS_MAX } from '@fernsight/wire';
import {
  allRows,
  asNumber,
  asText,
  oneRow,
  type SqlRow,
  type SqlValue,
} from '../store/sqlite/database.ts';
import {
  CLOSED_ROWS_MAX,
  CLOSED_US_MAX,
  CROWD_DEVICES,
  NOTICE_INCIDENTS_MAX,
  QUIET_US,
} from './limits.ts';
import type { NoticeIncident } from './notice.ts';
import type { Signal } from './signal.ts';

const RAISE = `INSERT INTO incident (device, cause, sentence, openedUs) VALUES (?, ?, ?, ?)
  ON CONFLICT (device, cause) WHERE closedUs IS NULL DO UPDATE SET quietUs = NULL RETURNING id`;
const ADD_SIGNAL = `INSERT INTO signal (incident, sensor, sentence, sinceUs) VALUES (?, ?, ?, ?)
  ON CONFLICT (incident, sensor) DO NOTHING`;
const DROP_SIGNAL = `DELETE FROM signal WHERE sensor = ?2
  AND incident IN (SELECT id FROM incident INDEXED BY incidentOpen WHERE device = ?1 AND closedUs IS NULL)`;
const CALM = `UPDATE incident INDEXED BY incidentOpen SET quietUs = ?2 WHERE device = ?1 AND closedUs IS NULL AND quietUs IS NULL
  AND NOT EXISTS (SELECT 1 FROM signal WHERE incident = incident.id)`;
const CLOSE = `UPDATE incident SET closedUs = ?1
  WHERE closedUs IS NULL AND quietUs <= ?1 - CASE cause
    WHEN 'silent' THEN ${QUIET_US.silent} WHEN 'anomaly' THEN ${QUIET_US.anomaly} ELSE ${QUIET_US.sensorFault} END`;
/** The reason of the signal that has stood longest; of the one that opened the incident when none does any more. */
const SENTENCE = `coalesce((SELECT sentence FROM signal WHERE incident = incident.id
  ORDER BY sinceUs, sensor LIMIT 1), sentence) AS sentence`;
/** One look that says whether the others could find anything, and from when on: nearly always they could not. */
const MAY_BE_DUE = `SELECT
  EXISTS (SELECT 1 FROM incident WHERE closedUs IS NULL AND acknowledgedUs IS NULL
    AND (toldUs IS NULL OR toldUs < mutedUntilUs))
  OR EXISTS (SELECT 1 FROM incident WHERE closedUs IS NOT NULL AND toldUs IS NOT NULL AND endToldUs IS NULL) AS due,
  (SELECT min(quietUs) + ${Math.min(...Object.values(QUIET_US))} FROM incident WHERE closedUs IS NULL) AS quietFromUs,
  total_changes() AS changes`;
const CHANGES = 'SELECT total_changes() AS changes';
/** Incidents that people are to hear of: ?1 is now, ?2 the devices in maintenance. */
const WAITS = `closedUs IS NULL AND acknowledgedUs IS NULL AND (toldUs IS NULL OR toldUs < mutedUntilUs)
  AND (mutedUntilUs IS NULL OR mutedUntilUs <= ?1) AND (quietUs IS NULL OR cause <> 'silent' AND toldUs IS NULL)
  AND device NOT IN (SELECT value FROM json_each(?2))`;
const GATHERED = `SELECT cause, toldUs IS NOT NULL AS isAgain, count(*) AS count,
  min(max(openedUs, coalesce(mutedUntilUs, 0))) AS firstUs FROM incident WHERE ${WAITS} GROUP BY cause, isAgain`;
const OF_GATHERED = `${WAITS} AND cause = ?3 AND (toldUs IS NOT NULL) = ?4`;
const NAMED = `SELECT id, device, ${SENTENCE}, openedUs FROM incident WHERE ${OF_GATHERED}
  ORDER BY id LIMIT ${NOTICE_INCIDENTS_MAX}`;
const TELL = `UPDATE incident SET toldUs = ?1 WHERE ${OF_GATHERED}`;
/** Incidents whose end people are to hear of. */
const END_WAITS = 'closedUs IS NOT NULL AND toldUs IS NOT NULL AND endToldUs IS NULL';
const GATHERED_ENDS = `SELECT cause, 0 AS isAgain, count(*) AS count, min(closedUs) AS firstUs FROM incident
  WHERE ${END_WAITS} GROUP BY cause`;
const NAMED_ENDS = `SELECT id, device, sentence, openedUs FROM incident WHERE ${END_WAITS} AND cause = ?
  ORDER BY id LIMIT ${NOTICE_INCIDENTS_MAX}`;
const TELL_ENDS = `UPDATE incident SET endToldUs = ?1 WHERE ${END_WAITS} AND cause = ?2`;
/** When the crowd was told that makes others wait for each other: its last but so many. */
const CROWD_TOLD = `SELECT toldUs AS atUs FROM incident WHERE cause = ? AND toldUs IS NOT NULL
  ORDER BY toldUs DESC LIMIT 1 OFFSET ${CROWD_DEVICES - 1}`;
const CROWD_ENDS = `SELECT endToldUs AS atUs FROM incident
  WHERE cause = ? AND endToldUs IS NOT NULL AND closedUs IS NOT NULL AND toldUs IS NOT NULL
  ORDER BY endToldUs DESC LIMIT 1 OFFSET ${CROWD_DEVICES - 1}`;
const NEXT_MUTE_END = `SELECT min(mutedUntilUs) AS atUs FROM incident
  WHERE closedUs IS NULL AND acknowledgedUs IS NULL AND mutedUntilUs > ?`;
const ACKNOWLEDGE = `UPDATE incident SET acknowledgedBy = ?2, acknowledgedUs = ?3
  WHERE id = ?1 AND closedUs IS NULL AND acknowledgedUs IS NULL`;
const MUTE = 'UPDATE incident SET mutedUntilUs = ?2 WHERE id = ?1 AND closedUs IS NULL';
const COLUMNS = `id, device, cause, ${SENTENCE}, openedUs, quietUs, closedUs, acknowledgedBy, acknowledgedUs,
  mutedUntilUs, toldUs, (SELECT json_group_array(sensor ORDER BY sinceUs, sensor)
    FROM signal WHERE incident = incident.id) AS sensors`;
const FIND = `SELECT ${COLUMNS} FROM incident WHERE id = ?`;
const PAGE = `SELECT ${COLUMNS} FROM incident WHERE id < ?1 AND (?2 IS NULL OR device = ?2)
  AND (?3 IS NULL OR (closedUs IS NULL) = ?3) ORDER BY id DESC LIMIT ?4`;
const PRUNE = `DELETE FROM incident WHERE closedUs IS NOT NULL AND (closedUs < ?1 OR id <=
  (SELECT id FROM incident WHERE closedUs IS NOT NULL ORDER BY id DESC LIMIT 1 OFFSET ${CLOSED_ROWS_MAX}))`;
const OPEN_SIGNALS = `SELECT device, cause, sensor FROM signal JOIN incident ON incident.id = signal.incident
  WHERE closedUs IS NULL`;

/** Incidents of one cause that wait to be told, or whose ends do. */
export interface Gathered {
  readonly cause: Cause;
  /** they were told before, and muted since */
  readonly isAgain: boolean;
  readonly count: number;
  /** since when the first of them waits */
  readonly firstUs: number;
}

/** Whose beginning nobody may be told now. */
export interface Now {
  readonly nowUs: number;
  /** devices in maintenance */
  readonly peaceful: readonly string[];
}

export class IncidentRows {
  readonly #statements: ReturnType<typeof prepareStatements>;
  /** as long as the file has seen no more changes than these, nothing is due from one moment to another */
  #peace = { changes: -1, fromUs: 0, untilUs: 0 };
  /** from then on quiet incidents may close */
  #quietFromUs = 0;

  constructor(database: DatabaseSync) {
    this.#statements = prepareStatements(database);
  }

  /** A signal stands: opens an incident, or joins the one that is open. */
  raise({ device, cause, sensor, sentence }: Signal, nowUs: number): void {
    const row = oneRow(this.#statements.raise, device, cause, sentence, nowUs);
    this.#statements.addSignal.run(asNumber(row?.id), sensor, sentence, nowUs);
  }

  /** A signal has ended, whichever incident of the device it kept firing. */
  clear({ device, sensor }: Pick<Signal, 'device' | 'sensor'>, nowUs: number): void {
    if (this.#statements.dropSignal.run(device, sensor).changes === 0) return;
    this.#statements.calm.run(device, nowUs);
  }

  /** @returns the signals that keep incidents open */
  openSignals(): Pick<Signal, 'device' | 'cause' | 'sensor'>[] {
    return allRows(this.#statements.openSignals).map((row) => ({
      device: asText(row.device),
      cause: causeOf(row),
      sensor: asText(row.sensor),
    }));
  }

  /** @returns false where nothing is to be closed or told. Costs no lock while nothing changes: it is asked each tick */
  mayBeDue(nowUs: number): boolean {
    const { changes, fromUs, untilUs } = this.#peace;
    const isPeace = nowUs >= fromUs && nowUs < untilUs;
    if (isPeace && oneRow(this.#statements.changes)?.changes === changes) return false;
    const found = oneRow(this.#statements.mayBeDue);
    this.#quietFromUs = Number(found?.quietFromUs ?? Number.POSITIVE_INFINITY);
    const isDue = found?.due === 1 || this.#quietFromUs <= nowUs;
    const restUs = isDue ? Number.NEGATIVE_INFINITY : this.#quietFromUs;
    this.#peace = { changes: Number(found?.changes), fromUs: nowUs, untilUs: restUs };
    return isDue;
  }

  /** What may be due was looked through: what waits is due no earlier than then. Whatever was told or closed is a change. */
  rest(untilUs: number): void {
    this.#peace.untilUs = Math.min(untilUs, this.#quietFromUs);
  }

  closeQuiet(nowUs: number): void {
    this.#statements.close.run(nowUs);
  }

  /** @returns what waits, without its incidents: they may be a whole fleet's, and wait for a minute. O(incidents that wait) */
  gathered({ nowUs, peaceful }: Now): Gathered[] {
    return allRows(this.#statements.gathered, nowUs, JSON.stringify(peaceful)).map(gatheredOf);
  }

  gatheredEnds(): Gathered[] {
    return allRows(this.#statements.gatheredEnds).map(gatheredOf);
  }

  /** @returns the oldest of them, as many as a notice names */
  named(gathered: Gathered, now: Now): NoticeIncident[] {
    return allRows(this.#statements.named, ...placeOf(gathered, now)).map(noticeIncidentOf);
  }

  namedEnds({ cause }: Gathered): NoticeIncident[] {
    return allRows(this.#statements.namedEnds, cause).map(noticeIncidentOf);
  }

  told(gathered: Gathered, now: Now): void {
    this.#statements.tell.run(...placeOf(gathered, now));
  }

  endsTold({ cause }: Gathered, nowUs: number): void {
    this.#statements.tellEnds.run(nowUs, cause);
  }

  /** @returns when the CROWD_DEVICES-th newest of a cause was told, -Infinity where fewer were. O(log incidents) */
  crowdToldUs(cause: Cause): number {
    return Number(oneRow(this.#statements.crowdTold, cause)?.atUs ?? Number.NEGATIVE_INFINITY);
  }

  /** The same of ends. */
  crowdEndToldUs(cause: Cause): number {
    return Number(oneRow(this.#statements.crowdEnds, cause)?.atUs ?? Number.NEGATIVE_INFINITY);
  }

  /** @returns when the next mute ends, Infinity where none does */
  nextMuteEndUs(nowUs: number): number {
    return Number(oneRow(this.#statements.nextMuteEnd, nowUs)?.atUs ?? Number.POSITIVE_INFINITY);
  }

  acknowledge(id: number, by: string, nowUs: number): void {
    this.#statements.acknowledge.run(id, by, nowUs);
  }

  mute(id: number, untilUs: number): void {
    this.#statements.mute.run(id, untilUs);
  }

  find(id: number): Omit<Incident, 'inMaintenance'> | undefined {
    const row = oneRow(this.#statements.find, id);
    return row === undefined ? undefined : incidentOf(row);
  }

  /** @returns newest first */
  page({ device, open, cursor, limit = PAGE_ROWS_MAX }: IncidentsQuery) {
    const before = /^\d{1,15}$/.test(cursor ?? '') ? Number(cursor) : Number.MAX_SAFE_INTEGER;
    const isOpen = open === undefined ? null : Number(open);
    return allRows(this.#statements.page, before, device ?? null, isOpen, limit).map(incidentOf);
  }

  prune(nowUs: number): void {
    this.#statements.prune.run(nowUs - CLOSED_US_MAX);
  }
}

function gatheredOf(row: SqlRow): Gathered {
  return {
    cause: causeOf(row),
    isAgain: row.isAgain === 1,
    count: asNumber(row.count),
    firstUs: asNumber(row.firstUs),
  };
}

function placeOf({ cause, isAgain }: Gathered, { nowUs, peaceful }: Now): SqlValue[] {
  return [nowUs, JSON.stringify(peaceful), cause, Number(isAgain)];
}

function noticeIncidentOf(row: SqlRow): NoticeIncident {
  return {
    id: asNumber(row.id),
    device: asText(row.device),
    openedUs: asNumber(row.openedUs),
    sentence: asText(row.sentence),
  };
}

function incidentOf(row: SqlRow): Omit<Incident, 'inMaintenance'> {
  const isOpen = row.closedUs === null;
  const sensors: unknown = JSON.parse(asText(row.sensors));
  return {
    id: asNumber(row.id),
    device: asText(row.device),
    cause: causeOf(row),
    state: !isOpen ? 'closed' : row.quietUs === null ? 'firing' : 'quiet',
    openedUs: asNumber(row.openedUs),
    closedUs: timeOrNull(row.closedUs),
    sensors: Array.isArray(sensors) ? sensors.map(String).filter((sensor) => sensor !== '') : [],
    sentence: asText(row.sentence),
    acknowledgedBy: row.acknowledgedBy === null ? null : asText(row.acknowledgedBy),
    acknowledgedUs: timeOrNull(row.acknowledgedUs),
    mutedUntilUs: timeOrNull(row.mutedUntilUs),
    toldUs: timeOrNull(row.toldUs),
  };
}

/** Of a fleet's incidents at a start: a schema would take as long as reading them. */
function causeOf(row: SqlRow): Cause {
  const cause = asText(row.cause);
  return must(isCause(cause) ? cause : undefined, 'a cause that the table allows');
}

function isCause(cause: string): cause is Cause {
  return Object.hasOwn(QUIET_US, cause);
}

function timeOrNull(value: SqlRow[string] | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  return {
    raise: prepare(RAISE),
    addSignal: prepare(ADD_SIGNAL),
    dropSignal: prepare(DROP_SIGNAL),
    calm: prepare(CALM),
    mayBeDue: prepare(MAY_BE_DUE),
    changes: prepare(CHANGES),
    close: prepare(CLOSE),
    gathered: prepare(GATHERED),
    gatheredEnds: prepare(GATHERED_ENDS),
    named: prepare(NAMED),
    namedEnds: prepare(NAMED_ENDS),
    crowdTold: prepare(CROWD_TOLD),
    crowdEnds: prepare(CROWD_ENDS),
    nextMuteEnd: prepare(NEXT_MUTE_END),
    tell: prepare(TELL),
    tellEnds: prepare(TELL_ENDS),
    acknowledge: prepare(ACKNOWLEDGE),
    mute: prepare(MUTE),
    find: prepare(FIND),
    page: prepare(PAGE),
    prune: prepare(PRUNE),
    openSignals: prepare(OPEN_SIGNALS),
  };
}
