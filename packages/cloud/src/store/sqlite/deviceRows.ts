/**
 * Devices and series as rows: what they say of themselves (card) and what must be known of them at once (state), as of
 * the journal's row `packedTo`. Cards are written with the commit that brings them, states when a tail is packed.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Ledger } from '../ledger.ts';
import { isAlarm } from '../marks.ts';
import type { DeviceRecord, Latest, OpenWindow, Registry, SeriesRecord } from '../registry.ts';
import { asNumber, asText, eachRow, orNull } from './database.ts';

const LIST_DEVICES = 'SELECT id, name, card, packedTo FROM device ORDER BY id';
const LIST_STATES = 'SELECT id, state FROM device ORDER BY id';
const LIST_SERIES = 'SELECT id, device, sensor, judge, card FROM series ORDER BY id';
const UPSERT_DEVICE = `INSERT INTO device (id, name, card, state) VALUES (?1, ?2, ?3, '{}')
  ON CONFLICT (id) DO UPDATE SET card = ?3`;
const UPSERT_SERIES = `INSERT INTO series (id, device, sensor, judge, card) VALUES (?1, ?2, ?3, ?4, ?5)
  ON CONFLICT (id) DO UPDATE SET judge = ?4, card = ?5`;
const UPDATE_STATE = 'UPDATE device SET state = ?2, packedTo = ?3 WHERE id = ?1';

interface DeviceState {
  readonly ledger: Ledger;
  readonly seenUs: number;
  /** absent in states from before there was a count of those that are there */
  readonly isBuried?: boolean;
  readonly window: OpenWindow | null;
  /** by place in the device's list */
  readonly series: readonly SeriesState[];
}

interface SeriesState {
  readonly highUs: number | null;
  readonly futureUs: number | null;
  readonly latest: StoredLatest | null;
}

type StoredLatest = { readonly [Key in keyof Latest]: number | null };

export class DeviceRows {
  readonly #upsertDevice: StatementSync;
  readonly #upsertSeries: StatementSync;
  readonly #updateState: StatementSync;

  constructor(database: DatabaseSync) {
    this.#upsertDevice = database.prepare(UPSERT_DEVICE);
    this.#upsertSeries = database.prepare(UPSERT_SERIES);
    this.#updateState = database.prepare(UPDATE_STATE);
  }

  writeDevice(device: DeviceRecord): void {
    const { parent, title, site } = device;
    this.#upsertDevice.run(device.id, device.name, JSON.stringify({ parent, title, site }));
  }

  writeSeries(series: SeriesRecord): void {
    const { type, unit, min, max } = series;
    const card = JSON.stringify({ type, unit, min, max });
    this.#upsertSeries.run(series.id, series.device.id, series.sensor, series.judge, card);
  }

  /** @param packedTo the journal's row up to which the state is whole */
  writeState(device: DeviceRecord, packedTo: number): void {
    const state: DeviceState = {
      ledger: device.ledger,
      seenUs: device.seenUs,
      ...(device.isBuried ? { isBuried: true } : {}),
      window: device.window ?? null,
      series: device.series.map(({ highUs, futureUs, latest }) => ({
        highUs: orNull(highUs),
        futureUs: orNull(futureUs),
        latest: latest ?? null,
      })),
    };
    this.#updateState.run(device.id, JSON.stringify(state), packedTo);
  }
}

/** Fills the registry from the rows, one by one: a fleet's at once would be as much again as what is kept. O(devices + series) */
export function loadRegistry(database: DatabaseSync, registry: Registry): void {
  for (const row of eachRow(database.prepare(LIST_DEVICES))) {
    const device = registry.addDevice(asText(row.name), asNumber(row.id));
    const card = JSON.parse(asText(row.card)) as Partial<DeviceRecord>;
    device.parent = card.parent;
    device.title = card.title;
    device.site = card.site;
    device.packedTo = asNumber(row.packedTo);
  }
  for (const row of eachRow(database.prepare(LIST_SERIES))) {
    const device = registry.device(asNumber(row.device));
    const judge = row.judge === 'agent' ? 'agent' : 'cloud';
    const series = registry.addSeries(device, {
      sensor: asText(row.sensor),
      judge,
      id: asNumber(row.id),
    });
    Object.assign(series, JSON.parse(asText(row.card)));
  }
  for (const row of eachRow(database.prepare(LIST_STATES)))
    restoreState(registry, registry.device(asNumber(row.id)), JSON.parse(asText(row.state)));
}

function restoreState(registry: Registry, device: DeviceRecord, state: Partial<DeviceState>): void {
  if (state.isBuried === true) registry.bury(device);
  if (state.ledger !== undefined) device.ledger = state.ledger;
  if (typeof state.seenUs === 'number') device.seenUs = state.seenUs;
  device.window = state.window ?? undefined;
  for (const [index, { highUs, futureUs, latest }] of (state.series ?? []).entries()) {
    const series = device.series[index];
    if (series === undefined) continue;
    series.highUs = highUs ?? Number.NEGATIVE_INFINITY;
    series.futureUs = futureUs ?? Number.NEGATIVE_INFINITY;
    if (latest === null) continue;
    const number = (value: number | null): number => value ?? Number.NaN;
    series.latest = {
      tsUs: number(latest.tsUs),
      value: number(latest.value),
      steps: number(latest.steps),
      mark: number(latest.mark),
      expected: number(latest.expected),
      lower: number(latest.lower),
      upper: number(latest.upper),
    };
    series.alarm.on = isAlarm(series.latest.mark);
    if (series.alarm.on) series.alarm.newestUs = series.latest.tsUs;
  }
}
