/**
 * Which models the cloud judges its series by, and between which two readings each change fell: read from the store's file,
 * where a change stands beside the judges' snapshots as of the newest reading that was packed with them.
 */
import type { DatabaseSync } from 'node:sqlite';
import { MODELS_KEY, SnapshotRows } from '@fernsight/cloud/inline';

/** The models of a device's sensor types, by hash; a type that is not named is judged by what ships. */
type Models = Readonly<Record<string, string>>;

export interface Change {
  readonly models: Models;
  /** by sensor: the newest stamp before the change */
  readonly highUs: ReadonlyMap<string, number>;
}

const LIST_PACKED = `SELECT device.id, name, state,
  (SELECT json_group_array(sensor ORDER BY series.id) FROM series WHERE series.device = device.id) AS sensors
  FROM device WHERE EXISTS (SELECT 1 FROM snapshot WHERE snapshot.device = device.id)`;

export class CloudModels {
  readonly #changes = new Map<string, Change[]>();

  /** @returns a device's changes, oldest first */
  of(device: string): readonly Change[] {
    return this.#changes.get(device) ?? [];
  }

  /** Tails were packed. @returns how many devices changed over */
  packed(database: DatabaseSync): number {
    let count = 0;
    for (const [device, packed] of packedIn(database)) {
      const before = this.of(device);
      if (isSame(before.at(-1)?.models ?? {}, packed.models)) continue;
      this.#changes.set(device, [...before, packed]);
      count++;
    }
    return count;
  }

  /**
   * The store was opened again: what was packed behind its last sync may be gone.
   * @returns a device whose judges go on with other models than they were packed with
   */
  reopened(database: DatabaseSync): string | undefined {
    for (const [device, { models, highUs }] of packedIn(database)) {
      const isKept = (change: Change) =>
        [...change.highUs].every(([sensor, tsUs]) => tsUs <= (highUs.get(sensor) ?? tsUs));
      const kept = this.of(device).filter(isKept);
      this.#changes.set(device, kept);
      if (!isSame(kept.at(-1)?.models ?? {}, models)) return device;
    }
    return undefined;
  }
}

function* packedIn(database: DatabaseSync): Generator<readonly [string, Change]> {
  const rows = new SnapshotRows(database);
  for (const { id, name, state, sensors } of database.prepare(LIST_PACKED).all()) {
    const bytes = rows.read({ id: Number(id) }).get(MODELS_KEY);
    const models: Models = bytes === undefined ? {} : JSON.parse(Buffer.from(bytes).toString());
    const { series } = JSON.parse(String(state)) as { series: { highUs: number | null }[] };
    const names = JSON.parse(String(sensors)) as string[];
    const highUs = names.map((sensor, index): [string, number] => {
      return [sensor, series[index]?.highUs ?? Number.NEGATIVE_INFINITY];
    });
    yield [String(name), { models, highUs: new Map(highUs) }];
  }
}

function isSame(some: Models, other: Models): boolean {
  const names = Object.keys(some);
  return (
    names.length === Object.keys(other).length && names.every((name) => some[name] === other[name])
  );
}
