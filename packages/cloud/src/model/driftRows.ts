/** What was measured last of each series, in the registry's file. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { must } from '@fernsight/base';
import type { SeriesDrift } from '@fernsight/detect';
import type { Drift } from '@fernsight/wire';
import { allRows, asNumber, asText, type SqlRow } from '../store/sqlite/database.ts';
import { DRIFTS_SHOWN_MAX } from './limits.ts';
import type { StoredSeries } from './storedSeries.ts';
import { WANTED } from './wanted.ts';

const PUT = `INSERT INTO drift (device, sensor, sensorType, hash, measuredUs, rowCount, features, worstIndex, verdict)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (device, sensor) DO UPDATE SET sensorType = excluded.sensorType,
  hash = excluded.hash, measuredUs = excluded.measuredUs, rowCount = excluded.rowCount, features = excluded.features,
  worstIndex = excluded.worstIndex, verdict = excluded.verdict`;
const LIST = `SELECT drift.* FROM drift JOIN (${WANTED}) AS chosen USING (sensorType, hash)
  ORDER BY CASE verdict WHEN 'retrain' THEN 0 WHEN 'moving' THEN 1 ELSE 2 END,
    features ->> ('$[' || worstIndex || '].psi') DESC, device, sensor LIMIT ${DRIFTS_SHOWN_MAX}`;
const MOVED = `SELECT count(*) AS count FROM drift JOIN (${WANTED}) AS chosen USING (sensorType, hash)
  WHERE sensorType = ? AND verdict = 'retrain'`;
const STAMPS = 'SELECT device, sensor, measuredUs FROM drift WHERE hash = ?';
const FORGET = 'DELETE FROM drift WHERE measuredUs < ?';

export interface MeasuredSeries extends StoredSeries {
  readonly sensorType: string;
  readonly hash: string;
  readonly features: readonly string[];
}

export class DriftRows {
  readonly #put: StatementSync;
  readonly #list: StatementSync;
  readonly #moved: StatementSync;
  readonly #stamps: StatementSync;
  readonly #forget: StatementSync;

  constructor(database: DatabaseSync) {
    this.#put = database.prepare(PUT);
    this.#list = database.prepare(LIST);
    this.#moved = database.prepare(MOVED);
    this.#stamps = database.prepare(STAMPS);
    this.#forget = database.prepare(FORGET);
  }

  /** @returns those that were measured against what is chosen now, most first */
  list(): Drift[] {
    return allRows(this.#list).map(driftOf);
  }

  /** @returns how many series of a type are to be trained again */
  movedCount(sensorType: string): number {
    return asNumber(allRows(this.#moved, sensorType)[0]?.count);
  }

  put(
    { device, sensor, sensorType, hash, features }: MeasuredSeries,
    { rowCount, indices, limits, worstIndex, verdict }: SeriesDrift,
    measuredUs: number,
  ): void {
    const named = indices.map((psi, index) => {
      return { feature: features[index] ?? 'score', psi, limit: limits[index] ?? 0 };
    });
    const json = JSON.stringify(named);
    this.#put.run(
      device,
      sensor,
      sensorType,
      hash,
      measuredUs,
      rowCount,
      json,
      worstIndex,
      verdict,
    );
  }

  /** @returns when each series, as `device/sensor`, was last measured against a model */
  stamps(hash: string): ReadonlyMap<string, number> {
    const rows = allRows(this.#stamps, hash);
    return new Map(
      rows.map((row) => [`${asText(row.device)}/${asText(row.sensor)}`, asNumber(row.measuredUs)]),
    );
  }

  /** Forgets series that were not measured since a time: they are gone. */
  forget(beforeUs: number): void {
    this.#forget.run(beforeUs);
  }
}

function driftOf(row: SqlRow): Drift {
  const features: Drift['features'] = JSON.parse(asText(row.features));
  const { feature, psi, limit } = must(
    features[asNumber(row.worstIndex)],
    'a feature that was measured',
  );
  const [device, sensor] = [asText(row.device), asText(row.sensor)];
  const verdict = verdictOf(asText(row.verdict));
  return {
    ...{ device, sensor, sensorType: asText(row.sensorType), hash: asText(row.hash) },
    ...{ measuredUs: asNumber(row.measuredUs), rowCount: asNumber(row.rowCount) },
    ...{ features, psi, limit, feature, verdict },
    sentence: `${sensor} of ${device} ${WORDS[verdict]}: PSI ${psi.toFixed(2)}${verdict === 'retrain' ? ', retrain' : ''}`,
  };
}

const WORDS: Readonly<Record<Drift['verdict'], string>> = {
  stable: 'looks like what its model learned from',
  moving: 'begins to look unlike what its model learned from',
  retrain: 'no longer looks like what its model learned from',
};

function verdictOf(text: string): Drift['verdict'] {
  return text === 'retrain' || text === 'moving' ? text : 'stable';
}
