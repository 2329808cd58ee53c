/** Maintenance windows: times in which nobody is told of a device, or of any. They may come back every day or week. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { covers } from '@fernsight/base';
import { type AddMaintenance, MAINTENANCE_MAX, type MaintenanceWindow } from '@fernsight/wire';
import { allRows, asNumber, asText, oneRow } from '../store/sqlite/database.ts';
import { CLOSED_US_MAX } from './limits.ts';

const ADD = `INSERT INTO maintenance (device, startUs, endUs, everyUs, reason, addedBy) SELECT ?, ?, ?, ?, ?, ?
  WHERE (SELECT count(*) FROM maintenance) < ${MAINTENANCE_MAX} RETURNING id`;
const LIST = 'SELECT id, device, startUs, endUs, everyUs, reason, addedBy FROM maintenance';
const REMOVE = 'DELETE FROM maintenance WHERE id = ?';
const DROP_PAST = 'DELETE FROM maintenance WHERE everyUs IS NULL AND endUs <= ?';

/** @returns when a window begins or ends next, Infinity where it never does */
function edgeUs({ startUs, endUs, everyUs }: MaintenanceWindow, nowUs: number): number {
  if (nowUs < startUs) return startUs;
  if (everyUs === null) return nowUs < endUs ? endUs : Number.POSITIVE_INFINITY;
  const sinceUs = (nowUs - startUs) % everyUs;
  const lengthUs = endUs - startUs;
  return nowUs - sinceUs + (sinceUs < lengthUs ? lengthUs : everyUs);
}

/** @returns what is wrong with a window, or undefined where nothing is */
export function windowObjection({ startUs, endUs, everyUs }: AddMaintenance): string | undefined {
  if (endUs <= startUs) return 'endUs must come after startUs';
  if (everyUs !== null && everyUs < endUs - startUs) return 'everyUs is shorter than the window';
  return undefined;
}

export class Maintenance {
  readonly #add: StatementSync;
  readonly #list: StatementSync;
  readonly #remove: StatementSync;
  readonly #dropPast: StatementSync;
  /** as the database has them; every change of this process reads them again */
  #windows: readonly MaintenanceWindow[] = [];

  constructor(database: DatabaseSync) {
    this.#add = database.prepare(ADD);
    this.#list = database.prepare(LIST);
    this.#remove = database.prepare(REMOVE);
    this.#dropPast = database.prepare(DROP_PAST);
    this.#load();
  }

  /** @returns those that are kept, the past ones too */
  all(): readonly MaintenanceWindow[] {
    return this.#windows;
  }

  /** @returns those that have not passed */
  list(nowUs: number): MaintenanceWindow[] {
    return this.#windows.filter(({ everyUs, endUs }) => everyUs !== null || endUs > nowUs);
  }

  /** @returns the window, or undefined where there is room for no more */
  add(window: AddMaintenance, addedBy: string): MaintenanceWindow | undefined {
    const { device, startUs, endUs, everyUs, reason } = window;
    const row = oneRow(this.#add, device, startUs, endUs, everyUs, reason, addedBy);
    this.#load();
    return row === undefined ? undefined : { id: asNumber(row.id), ...window, addedBy };
  }

  /** @returns whether there was one */
  remove(id: number): boolean {
    const isGone = this.#remove.run(id).changes === 1;
    this.#load();
    return isGone;
  }

  /** @returns devices that are in maintenance now, or `all` */
  peaceful(nowUs: number): readonly string[] | 'all' {
    const now = this.#windows.filter((window) => covers(window, nowUs));
    if (now.some(({ device }) => device === null)) return 'all';
    return now.flatMap(({ device }) => (device === null ? [] : [device]));
  }

  /** @returns when who is in maintenance may be others than now, Infinity for never */
  nextEdgeUs(nowUs: number): number {
    return Math.min(...this.#windows.map((window) => edgeUs(window, nowUs)));
  }

  covers(device: string, nowUs: number): boolean {
    const peaceful = this.peaceful(nowUs);
    return peaceful === 'all' || peaceful.includes(device);
  }

  /** Windows that have passed are kept for a while: training leaves their readings out. */
  dropPast(nowUs: number): void {
    this.#dropPast.run(nowUs - CLOSED_US_MAX);
    this.#load();
  }

  #load(): void {
    this.#windows = allRows(this.#list).map((row) => ({
      id: asNumber(row.id),
      device: row.device === null ? null : asText(row.device),
      startUs: asNumber(row.startUs),
      endUs: asNumber(row.endUs),
      everyUs: row.everyUs === null ? null : asNumber(row.everyUs),
      reason: asText(row.reason),
      addedBy: asText(row.addedBy),
    }));
  }
}
