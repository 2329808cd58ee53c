/**
 * Anomalies as they are asked for: newest first, page by page, each with its reason in a sentence. They stand in their
 * table, and the past ones in packed blocks (anomalyFold.ts); what began an alarm or was kept quiet is in the table alone.
 * The caller reads within one transaction, so that no row moves meanwhile.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { US_PER_MINUTE } from '@fernsight/base';
import { SCORE_STEPS } from '@fernsight/detect';
import type { AnomaliesReply, Anomaly } from '@fernsight/wire';
import { PAGE_ROWS_MAX } from '@fernsight/wire/client';
import { isAlarm, isAnomaly, isSensorFault, kindCode, kindOf, packMark } from '../marks.ts';
import { sentenceOf } from '../sentence.ts';
import type { AnomalyFilter, AnomalyMinute, EventQuery, Quieted, StoredEvent } from '../store.ts';
import { unpackDetail } from './anomalyDetail.ts';
import type { StoredAnomaly } from './anomalyPack.ts';
import { allRows, asNumber, asText, oneRow, type SqlRow, type SqlValue } from './database.ts';
import { PastAnomalies } from './pastAnomalies.ts';

const SELECT = `SELECT anomaly.* FROM anomaly
  JOIN device ON device.id = anomaly.device JOIN series ON series.id = anomaly.series`;
/** Beside anomalies the table holds what regions kept quiet, and what else was marked while an alarm stood. */
const ANOMALY_MARK = packMark({ stage: 'rules', anomaly: true });
const MINUTES_SINCE = `SELECT tsUs / ${US_PER_MINUTE} AS minute, count(*) AS anomalies, sum(began) AS alarms
  FROM anomaly WHERE tsUs >= ? AND (mark & ${ANOMALY_MARK} <> 0 OR began = 1) GROUP BY minute`;
const VERDICT_AT = `SELECT * FROM anomaly INDEXED BY anomalyByDevice
  WHERE device = (SELECT device FROM series WHERE id = ?1) AND series = ?1 AND tsUs = ?2 ORDER BY id DESC LIMIT 1`;
/** Readings of one event that are looked at: a day of one each minute. */
const EVENT_READINGS_MAX = 1_440;
const EVENT = `SELECT * FROM anomaly INDEXED BY anomalyByDevice
  WHERE device = (SELECT device FROM series WHERE id = ?1) AND series = ?1 AND tsUs >= ?2 AND onsetUs = ?2
  ORDER BY tsUs LIMIT ${EVENT_READINGS_MAX}`;
const QUIETED = `SELECT region, count(*) AS count, max(tsUs) AS lastUs FROM anomaly
  WHERE region IN (SELECT value FROM json_each(?)) GROUP BY region`;
const SERIES = `SELECT series.id FROM series JOIN device ON device.id = series.device
  WHERE (?1 IS NULL OR device.name = ?1) AND (?2 IS NULL OR series.sensor = ?2)`;
const PLACE = `SELECT device.name AS device, series.sensor, series.card
  FROM series JOIN device ON device.id = series.device WHERE series.id = ?`;
const PAGE_ROWS = 100;
/** Blocks unpacked for one page, at some tens of milliseconds each, on the one thread that reads. */
const PAGE_BLOCKS_MAX = 8;
const EARLIEST_US = Number.MIN_SAFE_INTEGER;
const LATEST_US = Number.MAX_SAFE_INTEGER;

interface Cursor {
  readonly tsUs: number;
  readonly id: number;
}

export class AnomalyRows {
  readonly #database: DatabaseSync;
  readonly #past: PastAnomalies;
  readonly #verdictAt: StatementSync;
  readonly #event: StatementSync;
  readonly #quieted: StatementSync;
  readonly #series: StatementSync;
  readonly #place: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#past = new PastAnomalies(database);
    this.#verdictAt = database.prepare(VERDICT_AT);
    this.#event = database.prepare(EVENT);
    this.#quieted = database.prepare(QUIETED);
    this.#series = database.prepare(SERIES);
    this.#place = database.prepare(PLACE);
  }

  /**
   * A page is short, or empty, where what is asked for is rare: it ends after some blocks, and the next one goes on there.
   * O(rows of the page and of the blocks that reach into it)
   */
  page(query: AnomalyFilter): AnomaliesReply {
    const limit = Math.min(query.limit ?? PAGE_ROWS, PAGE_ROWS_MAX);
    const { where, values } = conditionOf(query);
    const sql = `${SELECT} ${where} ORDER BY anomaly.tsUs DESC, anomaly.id DESC LIMIT ?`;
    const fresh = allRows(this.#database.prepare(sql), ...values, limit + 1).map(storedOf);
    const { rows, downToUs } = this.#withPast(fresh, query, limit + 1);
    const shown = rows.slice(0, limit);
    const last = shown[shown.length - 1];
    const anomalies = shown.map((row) => this.#shownOf(row));
    if (rows.length > limit && last !== undefined)
      return { anomalies, next: `${last.tsUs}.${last.id}` };
    return downToUs === undefined ? { anomalies } : { anomalies, next: `${downToUs}.0` };
  }

  /** @returns the verdict on one reading with all of its event, in time order; undefined where none is stored */
  eventOf({ device, sensor, tsUs }: EventQuery): StoredEvent | undefined {
    const series = asNumber(oneRow(this.#series, device, sensor)?.id);
    const fresh = oneRow(this.#verdictAt, series, tsUs);
    const verdict = fresh === undefined ? this.#pastOf(series, tsUs, tsUs).at(-1) : storedOf(fresh);
    if (verdict === undefined) return undefined;
    const { onsetUs } = verdict;
    const rows = onsetUs === undefined ? [] : this.#rowsOfEvent(series, onsetUs);
    const shown = rows.map(({ tsUs: at, detail: { evidence, among } }) => {
      return { tsUs: at, evidence, among };
    });
    return { anomaly: this.#shownOf(verdict), shown };
  }

  /** @returns for each region how many readings it kept quiet, and the newest */
  quieted(regions: readonly number[]): Quieted[] {
    return allRows(this.#quieted, JSON.stringify(regions)).map((row) => ({
      region: asNumber(row.region),
      count: asNumber(row.count),
      lastUs: asNumber(row.lastUs),
    }));
  }

  minutesSince(sinceUs: number): AnomalyMinute[] {
    const minutes = new Map<number, { minuteUs: number; anomalies: number; alarms: number }>();
    for (const row of allRows(this.#database.prepare(MINUTES_SINCE), sinceUs)) {
      const minuteUs = asNumber(row.minute) * US_PER_MINUTE;
      const [anomalies, alarms] = [asNumber(row.anomalies), asNumber(row.alarms)];
      minutes.set(minuteUs, { minuteUs, anomalies, alarms });
    }
    for (const block of this.#past.blocks({
      fromUs: sinceUs,
      toUs: LATEST_US,
      series: undefined,
    })) {
      for (const { tsUs } of block.rows().filter(({ mark }) => isAnomaly(mark))) {
        const minuteUs = Math.trunc(tsUs / US_PER_MINUTE) * US_PER_MINUTE;
        const minute = minutes.get(minuteUs) ?? { minuteUs, anomalies: 0, alarms: 0 };
        minute.anomalies++;
        minutes.set(minuteUs, minute);
      }
    }
    return [...minutes.values()].sort((a, b) => a.minuteUs - b.minuteUs);
  }

  /**
   * @param fresh rows of the table, newest first
   * @returns so many of these and the packed ones, newest first; and the stamp down to which that is all, where blocks
   *   before it were not looked into
   */
  #withPast(
    fresh: readonly StoredAnomaly[],
    query: AnomalyFilter,
    countMax: number,
  ): { readonly rows: readonly StoredAnomaly[]; readonly downToUs?: number } {
    if (query.alarms === true || query.suppressed === true) return { rows: fresh };
    const { device = null, sensor = null, fromUs = EARLIEST_US, toUs = LATEST_US } = query;
    const cursor = cursorOf(query);
    const isAnySeries = device === null && sensor === null;
    const series = isAnySeries
      ? undefined
      : new Set(allRows(this.#series, device, sensor).map(({ id }) => asNumber(id)));
    const until = Math.min(toUs, cursor?.tsUs ?? LATEST_US);
    let rows = fresh;
    let blocks = 0;
    let readToUs = until;
    for (const block of this.#past.blocks({ fromUs, toUs: until, series })) {
      const last = rows[countMax - 1];
      if (last !== undefined && last.tsUs > block.lastUs) break;
      // blocks that reach above the cursor were read for the page before, too: without others no page would go on
      const isNew = block.lastUs < readToUs;
      if (isNew && blocks >= PAGE_BLOCKS_MAX) {
        const downToUs = block.lastUs + 1;
        return { rows: rows.filter(({ tsUs }) => tsUs >= downToUs), downToUs };
      }
      if (isNew) readToUs = block.lastUs;
      if (block.lastUs < until) blocks++;
      const asked = block.rows().filter((row) => isAsked(row, query, cursor));
      rows = [...rows, ...asked].sort(newestFirst).slice(0, countMax);
    }
    return { rows };
  }

  #rowsOfEvent(series: number, onsetUs: number): StoredAnomaly[] {
    const fresh = allRows(this.#event, series, onsetUs).map(storedOf);
    const past = this.#pastOf(series, onsetUs, LATEST_US).filter((row) => row.onsetUs === onsetUs);
    return [...fresh, ...past].sort((a, b) => a.tsUs - b.tsUs).slice(0, EVENT_READINGS_MAX);
  }

  /** @returns the packed rows of a series in a stretch, in order of arrival */
  #pastOf(series: number, fromUs: number, toUs: number): StoredAnomaly[] {
    const blocks = this.#past.blocks({ fromUs, toUs, series: new Set([series]) });
    return [...blocks].flatMap((block) => block.rows()).sort((a, b) => a.id - b.id);
  }

  #shownOf(row: StoredAnomaly): Anomaly {
    const place = oneRow(this.#place, row.series);
    const card = JSON.parse(asText(place?.card)) as { unit?: string };
    const maybe = (value: number): number | null => (Number.isFinite(value) ? value : null);
    const { threshold, expected, lower, upper, channels } = row.detail;
    const anomaly = {
      device: asText(place?.device),
      sensor: asText(place?.sensor),
      ...(card.unit === undefined ? {} : { unit: card.unit }),
      tsUs: row.tsUs,
      value: row.value,
      score: row.steps / SCORE_STEPS,
      threshold,
      alarm: isAlarm(row.mark),
      kind: kindOf(row.mark),
      sensorFault: isSensorFault(row.mark),
      expected: maybe(expected),
      lower: maybe(lower),
      upper: maybe(upper),
      channels: channels.map(([name, share]): [string, number] => [name, share]),
      backfilled: row.backfilled,
      ...(row.region === undefined ? {} : { suppressedBy: row.region }),
    };
    return { ...anomaly, sentence: sentenceOf(anomaly) };
  }
}

/** @returns an anomaly of the table's row */
export function storedOf(row: SqlRow): StoredAnomaly {
  const maybe = (value: SqlValue | undefined): number | undefined =>
    typeof value === 'number' ? value : undefined;
  return {
    id: asNumber(row.id),
    series: asNumber(row.series),
    tsUs: asNumber(row.tsUs),
    value: asNumber(row.value),
    steps: asNumber(row.steps),
    mark: asNumber(row.mark),
    began: row.began === 1,
    backfilled: row.backfilled === 1,
    onsetUs: maybe(row.onsetUs),
    region: maybe(row.region),
    detail: unpackDetail(row),
  };
}

function newestFirst(a: StoredAnomaly, b: StoredAnomaly): number {
  return b.tsUs - a.tsUs || b.id - a.id;
}

/** What conditionOf says of packed rows, but for their series and the stretch. */
function isAsked(row: StoredAnomaly, { kind }: AnomalyFilter, cursor: Cursor | undefined): boolean {
  if (!isAnomaly(row.mark)) return false;
  if (kind !== undefined && kindOf(row.mark) !== kind) return false;
  if (cursor === undefined) return true;
  return row.tsUs < cursor.tsUs || (row.tsUs === cursor.tsUs && row.id < cursor.id);
}

function cursorOf({ cursor = '' }: AnomalyFilter): Cursor | undefined {
  const found = /^(-?\d+)\.(\d+)$/.exec(cursor);
  return found === null ? undefined : { tsUs: Number(found[1]), id: Number(found[2]) };
}

function conditionOf(query: AnomalyFilter): { where: string; values: SqlValue[] } {
  const parts: string[] = [];
  const values: SqlValue[] = [];
  const add = (sql: string, ...bound: SqlValue[]): void => {
    parts.push(sql);
    values.push(...bound);
  };
  if (query.device !== undefined) add('device.name = ?', query.device);
  if (query.sensor !== undefined) add('series.sensor = ?', query.sensor);
  if (query.fromUs !== undefined) add('anomaly.tsUs >= ?', query.fromUs);
  if (query.toUs !== undefined) add('anomaly.tsUs <= ?', query.toUs);
  if (query.alarms === true) add('anomaly.began = 1');
  if (query.suppressed === true) add('anomaly.region IS NOT NULL');
  else if (query.alarms !== true) add(`(anomaly.mark & ${ANOMALY_MARK} <> 0 OR anomaly.began = 1)`);
  if (query.kind !== undefined) add('(anomaly.mark >> 6) & 15 = ?', kindCode(query.kind));
  const cursor = cursorOf(query);
  if (cursor !== undefined) add('(anomaly.tsUs, anomaly.id) < (?, ?)', cursor.tsUs, cursor.id);
  return { where: parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`, values };
}
