/** Anomalies as rows, and as what is shown of them: newest first, page by page, each with its reason in a sentence. */
import type { DatabaseSync } from 'node:sqlite';
import { US_PER_MINUTE } from '@fernsight/base';
import { SCORE_STEPS } from '@fernsight/detect';
import { type AnomaliesReply, type Anomaly, PAGE_ROWS_MAX } from '@fernsight/wire';
import { isAlarm, isSensorFault, kindCode, kindOf } from '../marks.ts';
import { sentenceOf } from '../sentence.ts';
import type { AnomalyFilter } from '../store.ts';
import { allRows, asNumber, asText, type SqlRow, type SqlValue } from './database.ts';

const SELECT = `SELECT anomaly.*, device.name AS deviceName, series.sensor, series.card
  FROM anomaly JOIN device ON device.id = anomaly.device JOIN series ON series.id = anomaly.series`;
const MINUTES_SINCE = `SELECT tsUs / ${US_PER_MINUTE} AS minute, count(*) AS anomalies, sum(began) AS alarms
  FROM anomaly WHERE tsUs >= ? GROUP BY minute`;
const PAGE_ROWS = 100;

export class AnomalyRows {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
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
  if (query.kind !== undefined) add('(anomaly.mark >> 6) & 15 = ?', kindCode(query.kind));
  const cursor = /^(-?\d+)\.(\d+)$/.exec(query.cursor ?? '');
  if (cursor !== null)
    add('(anomaly.tsUs, anomaly.id) < (?, ?)', Number(cursor[1]), Number(cursor[2]));
  return { where: parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`, values };
}

function anomalyOf(row: SqlRow): Anomaly {
  const mark = asNumber(row.mark);
  const card = JSON.parse(asText(row.card)) as { unit?: string };
  const maybe = (value: SqlValue | undefined): number | null =>
    typeof value === 'number' ? value : null;
  const anomaly = {
    device: asText(row.deviceName),
    sensor: asText(row.sensor),
    ...(card.unit === undefined ? {} : { unit: card.unit }),
    tsUs: asNumber(row.tsUs),
    value: asNumber(row.value),
    score: asNumber(row.steps) / SCORE_STEPS,
    threshold: asNumber(row.threshold),
    alarm: isAlarm(mark),
    kind: kindOf(mark),
    sensorFault: isSensorFault(mark),
    expected: maybe(row.expected),
    lower: maybe(row.lower),
    upper: maybe(row.upper),
    channels: JSON.parse(asText(row.channels)) as [string, number][],
    backfilled: row.backfilled === 1,
  };
  return { ...anomaly, sentence: sentenceOf(anomaly) };
}
