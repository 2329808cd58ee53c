/** Anomalies as rows, and as what is shown of them: newest first, page by page, each with its reason in a sentence. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { US_PER_MINUTE } from '@fernsight/base';
import { SCORE_STEPS } from '@fernsight/detect';
import { type AnomaliesReply, type Anomaly, PAGE_ROWS_MAX } from '@fernsight/wire';
import { isAlarm, isSensorFault, kindCode, kindOf, packMark } from '../marks.ts';
import { sentenceOf } from '../sentence.ts';
import type { AnomalyFilter, EventQuery, Quieted, StoredEvent } from '../store.ts';
import { unpackDetail } from './anomalyDetail.ts';
import { allRows, asNumber, asText, oneRow, type SqlRow, type SqlValue } from './database.ts';

const SELECT = `SELECT anomaly.*, device.name AS deviceName, series.sensor, series.card
  FROM anomaly JOIN device ON device.id = anomaly.device JOIN series ON series.id = anomaly.series`;
/** Beside anomalies the table holds what regions kept quiet, and what else was marked while an alarm stood. */
const ANOMALY_MARK = packMark({ stage: 'rules', anomaly: true });
const MINUTES_SINCE = `SELECT tsUs / ${US_PER_MINUTE} AS minute, count(*) AS anomalies, sum(began) AS alarms
  FROM anomaly WHERE tsUs >= ? AND (mark & ${ANOMALY_MARK} <> 0 OR began = 1) GROUP BY minute`;
const VERDICT_AT = `${SELECT} WHERE device.name = ? AND series.sensor = ? AND anomaly.tsUs = ?
  ORDER BY anomaly.id DESC LIMIT 1`;
/** Readings of one event that are looked at: a day of one each minute. */
const EVENT_READINGS_MAX = 1_440;
const EVENT = `SELECT tsUs, evidence, detail, told FROM anomaly INDEXED BY anomalyByDevice
  WHERE device = (SELECT device FROM series WHERE id = ?1) AND series = ?1 AND tsUs >= ?2 AND onsetUs = ?2
  ORDER BY tsUs LIMIT ${EVENT_READINGS_MAX}`;
const QUIETED = `SELECT region, count(*) AS count, max(tsUs) AS lastUs FROM anomaly
  WHERE region IN (SELECT value FROM json_each(?)) GROUP BY region`;
const PAGE_ROWS = 100;

export class AnomalyRows {
  readonly #database: DatabaseSync;

  readonly #verdictAt: StatementSync;
  readonly #event: StatementSync;
  readonly #quieted: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#verdictAt = database.prepare(VERDICT_AT);
    this.#event = database.prepare(EVENT);
    this.#quieted = database.prepare(QUIETED);
  }

  /** O(rows of the page), where the filter is by device or time; kinds are filtered on the way */
  page(query: AnomalyFilter): AnomaliesReply {
    const limit = Math.min(query.limit ?? PAGE_ROWS, PAGE_ROWS_MAX);
    const { where, values } = conditionOf(query);
    const sql = `${SELECT} ${where} ORDER BY anomaly.tsUs DESC, anomaly.id DESC LIMIT ?`;
    const rows = allRows(this.#database.prepare(sql), ...values, limit + 1);
    const shown = rows.slice(0, limit);
    const last = shown[shown.length - 1];
    const anomalies = shown.map(anomalyOf);
    if (rows.length <= limit || last === undefined) return { anomalies };
    return { anomalies, next: `${asNumber(last.tsUs)}.${asNumber(last.id)}` };
  }

  /** @returns the verdict on one reading with all of its event, in time order; undefined where none is stored */
  eventOf({ device, sensor, tsUs }: EventQuery): StoredEvent | undefined {
    const row = oneRow(this.#verdictAt, device, sensor, tsUs);
    if (row === undefined) return undefined;
    const anomaly = anomalyOf(row);
    const isAlone = typeof row.onsetUs !== 'number';
    const rows = isAlone ? [] : allRows(this.#event, asNumber(row.series), asNumber(row.onsetUs));
    return {
      anomaly,
      shown: rows.map((one) => ({
        tsUs: asNumber(one.tsUs),
        evidence: unpackDetail(one).evidence,
      })),
    };
  }

  /** @returns for each region how many readings it kept quiet, and the newest */
  quieted(regions: readonly number[]): Quieted[] {
    return allRows(this.#quieted, JSON.stringify(regions)).map((row) => ({
      region: asNumber(row.region),
      count: asNumber(row.count),
      lastUs: asNumber(row.lastUs),
    }));
  }

  minutesSince(sinceUs: number): { minuteUs: number; anomalies: number; alarms: number }[] {
    return allRows(this.#database.prepare(MINUTES_SINCE), sinceUs).map((row) => ({
      minuteUs: asNumber(row.minute) * US_PER_MINUTE,
      anomalies: asNumber(row.anomalies),
      alarms: asNumber(row.alarms),
    }));
  }
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
  const cursor = /^(-?\d+)\.(\d+)$/.exec(query.cursor ?? '');
  if (cursor !== null)
    add('(anomaly.tsUs, anomaly.id) < (?, ?)', Number(cursor[1]), Number(cursor[2]));
  return { where: parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`, values };
}

function anomalyOf(row: SqlRow): Anomaly {
  const mark = asNumber(row.mark);
  const card = JSON.parse(asText(row.card)) as { unit?: string };
  const maybe = (value: number): number | null => (Number.isFinite(value) ? value : null);
  const { threshold, expected, lower, upper, channels } = unpackDetail(row);
  const anomaly = {
    device: asText(row.deviceName),
    sensor: asText(row.sensor),
    ...(card.unit === undefined ? {} : { unit: card.unit }),
    tsUs: asNumber(row.tsUs),
    value: asNumber(row.value),
    score: asNumber(row.steps) / SCORE_STEPS,
    threshold,
    alarm: isAlarm(mark),
    kind: kindOf(mark),
    sensorFault: isSensorFault(mark),
    expected: maybe(expected),
    lower: maybe(lower),
    upper: maybe(upper),
    channels: channels.map(([name, share]): [string, number] => [name, share]),
    backfilled: row.backfilled === 1,
    ...(typeof row.region === 'number' ? { suppressedBy: row.region } : {}),
  };
  return { ...anomaly, sentence: sentenceOf(anomaly) };
}
