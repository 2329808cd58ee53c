/**
 * Anomalies on their way into their table. A row there touches a page of the table and one of each index, all far apart:
 * in the commit that brings it, it would cost more than the hundred readings around it. So an anomaly is journalled with
 * its group, which makes it durable, and the rows are inserted many at a time between commits. Which rows of the journal
 * are in the table already stands in the store itself, and a restart takes up what is not.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AnomalyRow } from '../group.ts';
import type { Registry } from '../registry.ts';
import { packDetail } from './anomalyDetail.ts';
import { asNumber, asText, oneRow } from './database.ts';

const INSERT_ANOMALY = `INSERT INTO anomaly (id, device, series, tsUs, value, steps, mark, began, backfilled, onsetUs, region,
  detail, told, storedUs) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)`;
const LAST = 'SELECT max(id) AS id FROM anomaly';
const READ_DONE = `SELECT value FROM setting WHERE name = 'anomaliesTo'`;
const WRITE_DONE = `INSERT INTO setting (name, value) VALUES ('anomaliesTo', ?1)
  ON CONFLICT (name) DO UPDATE SET value = ?1`;

/** As journalled: the series by its number, null for unknown. */
type Journalled = readonly [
  series: number,
  tsUs: number,
  value: number,
  steps: number,
  mark: number,
  began: 0 | 1,
  backfilled: 0 | 1,
  edges: readonly (number | null)[],
  channels: AnomalyRow['channels'],
  shown: AnomalyRow['shown'] | null,
];

export class AnomalyQueue {
  readonly #insert: StatementSync;
  readonly #writeDone: StatementSync;
  readonly #waiting: { readonly row: AnomalyRow; readonly storedUs: number }[] = [];
  /** the table holds the anomalies of the journal's rows up to this */
  #doneTo: number;
  #newest: number;
  /** number of the newest row: none is given twice, for pages go by them, and packed rows keep theirs */
  #id: number;

  /** @param packedTo numbers up to this are of packed rows */
  constructor(database: DatabaseSync, packedTo: number) {
    this.#insert = database.prepare(INSERT_ANOMALY);
    this.#writeDone = database.prepare(WRITE_DONE);
    this.#doneTo = Number(asText(oneRow(database.prepare(READ_DONE))?.value) || 0);
    this.#newest = this.#doneTo;
    this.#id = Math.max(packedTo, asNumber(oneRow(database.prepare(LAST))?.id) || 0);
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Takes up what a row of the journal brought. @param storedUs when it came */
  add(journalId: number, rows: readonly AnomalyRow[], storedUs: number): void {
    this.#newest = journalId;
    for (const row of rows) this.#waiting.push({ row, storedUs });
  }

  /** Takes up what a row of the journal holds, unless it is in the table. */
  restore(
    text: string,
    registry: Registry,
    { journalId, storedUs }: { readonly journalId: number; readonly storedUs: number },
  ): void {
    if (journalId <= this.#doneTo) return;
    const rows = (JSON.parse(text) as Journalled[]).map((row) => rowOf(row, registry));
    this.add(journalId, rows, storedUs);
  }

  /** Inserts all that wait, inside the caller's transaction. When that fails, the store is opened afresh. */
  insertAll(): void {
    if (this.#waiting.length === 0) return;
    for (const { row, storedUs } of this.#waiting) {
      const { series, tsUs, value, steps, mark, began, backfilled } = row;
      const flags = [began ? 1 : 0, backfilled ? 1 : 0];
      const reading = [++this.#id, series.device.id, series.id, tsUs, value, steps, mark];
      this.#insert.run(...reading, ...flags, ...shownOf(row), toldOf(row), storedUs);
    }
    this.#writeDone.run(String(this.#newest));
    this.#doneTo = this.#newest;
    this.#waiting.length = 0;
  }
}

/** @returns onset and region; NULL where there is none */
function shownOf({ shown }: AnomalyRow): [number | null, number | null] {
  if (shown === undefined) return [null, null];
  const { onsetUs, suppressedBy } = shown;
  return [onsetUs, suppressedBy === 0 ? null : suppressedBy];
}

function toldOf(row: AnomalyRow): Uint8Array {
  const { threshold, expected, lower, upper, channels, shown } = row;
  const { evidence = [], among = [] } = shown ?? {};
  return packDetail({ threshold, expected, lower, upper, channels, evidence, among });
}

/** @returns the anomalies of a group as text for the journal, or null where there is none */
export function journalText(rows: readonly AnomalyRow[]): string | null {
  if (rows.length === 0) return null;
  const journalled = rows.map((row): Journalled => {
    const { series, tsUs, value, steps, mark, began, backfilled, channels } = row;
    const edges = [row.threshold, row.expected, row.lower, row.upper];
    const flags = [began ? 1 : 0, backfilled ? 1 : 0] as const;
    return [series.id, tsUs, value, steps, mark, ...flags, edges, channels, row.shown ?? null];
  });
  return JSON.stringify(journalled);
}

function rowOf(journalled: Journalled, registry: Registry): AnomalyRow {
  const [id, tsUs, value, steps, mark, began, backfilled, edges, channels, shown] = journalled;
  const edge = (index: number): number => edges[index] ?? Number.NaN;
  return {
    series: registry.series(id),
    tsUs,
    value,
    steps,
    mark,
    began: began === 1,
    backfilled: backfilled === 1,
    threshold: edge(0),
    expected: edge(1),
    lower: edge(2),
    upper: edge(3),
    channels,
    ...(shown === null ? {} : { shown }),
  };
}
