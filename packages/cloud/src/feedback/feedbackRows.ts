/** What people said of verdicts, in a file of its own beside the store, and which agents have to hear of it. */
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { must } from '@fernsight/base';
import { REGIONS_MAX, type Region } from '@fernsight/detect';
import {
  type Feedback,
  KindName,
  Label,
  type SeriesRegions,
  type Suppression,
} from '@fernsight/wire';
import { Check } from 'typebox/value';
import {
  allRows,
  asNumber,
  asText,
  oneRow,
  openDatabase,
  type SqlRow,
  transact,
} from '../store/sqlite/database.ts';
import { FEEDBACK_ROWS_MAX, REGIONS_ALL_MAX } from './limits.ts';

const COLUMNS =
  'id, label, device, sensor, tsUs, kind, sentence, givenBy, givenUs, incident, region';
const ADD = `INSERT INTO feedback (label, device, sensor, tsUs, kind, sentence, givenBy, givenUs, incident)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`;
const SET_REGION = 'UPDATE feedback SET region = ?2 WHERE id = ?1';
const REMOVE = 'DELETE FROM feedback WHERE device = ? AND sensor = ? AND tsUs = ? RETURNING region';
const FIND = `SELECT ${COLUMNS} FROM feedback WHERE id = ?`;
const PAGE = `SELECT ${COLUMNS} FROM feedback WHERE id < ?1 AND (?2 IS NULL OR device = ?2) ORDER BY id DESC LIMIT ?3`;
const LABELS = 'SELECT sensor, tsUs, label FROM feedback WHERE device = ? AND tsUs BETWEEN ? AND ?';
const REGIONS = `SELECT ${COLUMNS} FROM feedback WHERE region IS NOT NULL AND (?1 IS NULL OR device = ?1) ORDER BY id DESC`;
const SERIES_REGIONS = `SELECT region FROM feedback INDEXED BY feedbackRegion
  WHERE device = ? AND sensor = ? AND region IS NOT NULL ORDER BY id`;
const COUNT_REGIONS = 'SELECT count(*) AS count FROM feedback WHERE region IS NOT NULL';
const CHANGED = `INSERT INTO changed (device, sensor, version) VALUES (?1, ?2, ?3)
  ON CONFLICT (device, sensor) DO UPDATE SET version = ?3`;
const NEWEST = 'SELECT coalesce(max(version), 0) AS version FROM changed';
const CHANGED_SINCE =
  'SELECT device, sensor, version FROM changed WHERE version > ? ORDER BY version';
const CUT = `DELETE FROM feedback WHERE region IS NULL AND id <=
  (SELECT id FROM feedback ORDER BY id DESC LIMIT 1 OFFSET ${FEEDBACK_ROWS_MAX})`;

/** One verdict that somebody said something of. */
export interface Given {
  readonly label: Label;
  readonly device: string;
  readonly sensor: string;
  readonly tsUs: number;
  readonly kind: KindName;
  readonly sentence: string;
  readonly by: string;
  readonly givenUs: number;
  readonly incident: number | null;
  /** @returns the region that it becomes, by the number it gets; absent: none */
  readonly region?: (id: number) => Region;
}

export interface Changed {
  readonly device: string;
  readonly sensor: string;
  readonly version: number;
}

type StoredSuppression = Omit<Suppression, 'count' | 'lastUs'>;

export class FeedbackRows {
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof prepareStatements>;
  #newest: number;

  /** @throws StorageFault, UsageFault */
  constructor(dataDir: string) {
    const folder = new URL('.', import.meta.url);
    this.#database = openDatabase(join(dataDir, 'feedback.db'), 'write', folder);
    this.#statements = prepareStatements(this.#database);
    this.#newest = asNumber(oneRow(this.#statements.newest)?.version);
  }

  /** the newest version of all regions */
  get newest(): number {
    return this.#newest;
  }

  /** Keeps what was said, instead of what was said before of the same verdicts. @returns the rows, or `full` and nothing changed */
  add(all: readonly Given[]): Feedback[] | 'full' {
    if (!this.#hasRoom(all)) return 'full';
    return transact(this.#database, () => {
      const rows = all.map((given) => this.#add(given));
      this.#statements.cut.run();
      return rows;
    });
  }

  /** @returns what was said, or undefined where that is no region */
  takeBack(id: number): Feedback | undefined {
    const row = oneRow(this.#statements.find, id);
    if (row === undefined || row.region === null) return undefined;
    const feedback = feedbackOf(row);
    transact(this.#database, () => {
      this.#statements.remove.run(feedback.device, feedback.sensor, feedback.tsUs);
      this.#bump(feedback);
    });
    return feedback;
  }

  /** @returns newest first */
  page(before: number, device: string | undefined, limit: number): Feedback[] {
    return allRows(this.#statements.page, before, device ?? null, limit).map(feedbackOf);
  }

  /** @returns what was said of a device's verdicts in a span, by `sensor/tsUs` */
  labels(device: string, fromUs: number, toUs: number): Map<string, Label> {
    const rows = allRows(this.#statements.labels, device, fromUs, toUs);
    return new Map(
      rows.map((row) => [`${asText(row.sensor)}/${asNumber(row.tsUs)}`, labelOf(row)]),
    );
  }

  /** @returns newest first */
  suppressions(device?: string): StoredSuppression[] {
    return allRows(this.#statements.regions, device ?? null).map(suppressionOf);
  }

  /** @returns the regions of a series, the oldest first; empty where all were taken back */
  regionsOf({ device, sensor }: Pick<Changed, 'device' | 'sensor'>): SeriesRegions {
    const rows = allRows(this.#statements.seriesRegions, device, sensor);
    const regions = rows.map(
      (row) => JSON.parse(asText(row.region)) as SeriesRegions['regions'][number],
    );
    return { device, sensor, regions };
  }

  /** @returns the series whose regions changed since a version, in that order */
  changedSince(version: number): Changed[] {
    return allRows(this.#statements.changedSince, version).map((row) => ({
      device: asText(row.device),
      sensor: asText(row.sensor),
      version: asNumber(row.version),
    }));
  }

  close(): void {
    this.#database.close();
  }

  #hasRoom(all: readonly Given[]): boolean {
    const wanted = all.filter(({ region }) => region !== undefined);
    const count = asNumber(oneRow(this.#statements.countRegions)?.count);
    if (count + wanted.length > REGIONS_ALL_MAX) return false;
    return wanted.every((given) => this.regionsOf(given).regions.length < REGIONS_MAX);
  }

  #add(given: Given): Feedback {
    const { label, device, sensor, tsUs, kind, sentence, by, givenUs, incident, region } = given;
    const before = oneRow(this.#statements.remove, device, sensor, tsUs);
    const about = [label, device, sensor, tsUs, kind, sentence, by, givenUs, incident] as const;
    const id = asNumber(oneRow(this.#statements.add, ...about)?.id);
    if (region !== undefined) this.#statements.setRegion.run(id, JSON.stringify(region(id)));
    if (region !== undefined || typeof before?.region === 'string') this.#bump(given);
    const suppression = region === undefined ? null : id;
    return { id, label, device, sensor, tsUs, by, givenUs, incident, suppression };
  }

  #bump({ device, sensor }: Pick<Changed, 'device' | 'sensor'>): void {
    this.#newest += 1;
    this.#statements.changed.run(device, sensor, this.#newest);
  }
}

function feedbackOf(row: SqlRow): Feedback {
  const id = asNumber(row.id);
  return {
    id,
    label: labelOf(row),
    device: asText(row.device),
    sensor: asText(row.sensor),
    tsUs: asNumber(row.tsUs),
    by: asText(row.givenBy),
    givenUs: asNumber(row.givenUs),
    incident: row.incident === null ? null : asNumber(row.incident),
    suppression: row.region === null ? null : id,
  };
}

function suppressionOf(row: SqlRow): StoredSuppression {
  const { id, device, sensor, tsUs, by, givenUs } = feedbackOf(row);
  const { recurrence } = JSON.parse(asText(row.region)) as Region;
  const kind = must(Check(KindName, row.kind) ? row.kind : undefined, 'a kind that was checked');
  return {
    id,
    device,
    sensor,
    tsUs,
    kind,
    sentence: asText(row.sentence),
    recurrence,
    by,
    givenUs,
  };
}

function labelOf(row: SqlRow): Label {
  return must(Check(Label, row.label) ? row.label : undefined, 'a label that was checked');
}

function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  return {
    add: prepare(ADD),
    setRegion: prepare(SET_REGION),
    remove: prepare(REMOVE),
    find: prepare(FIND),
    page: prepare(PAGE),
    labels: prepare(LABELS),
    regions: prepare(REGIONS),
    seriesRegions: prepare(SERIES_REGIONS),
    countRegions: prepare(COUNT_REGIONS),
    changed: prepare(CHANGED),
    newest: prepare(NEWEST),
    changedSince: prepare(CHANGED_SINCE),
    cut: prepare(CUT),
  };
}
