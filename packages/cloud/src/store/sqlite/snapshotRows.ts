/**
 * Snapshots of judges as rows: one a device, compressed, for a device's judges are written and read together and a third
 * to two thirds of a snapshot is air. What the first schema wrote, one row a sensor as it was, is read until the device
 * is packed again.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { ByteReader, ByteWriter, errorCode, PackFault } from '@fernsight/base';
import { SnapshotError } from '@fernsight/detect';
import type { DeviceRecord } from '../registry.ts';
import type { Snapshots } from '../store.ts';
import { allRows, asBytes, asText } from './database.ts';

const READ_SNAPSHOTS = 'SELECT sensor, bytes FROM snapshot WHERE device = ?';
const WRITE_SNAPSHOT = `INSERT INTO snapshot (device, sensor, bytes) VALUES (?1, ?2, ?3)
  ON CONFLICT (device, sensor) DO UPDATE SET bytes = ?3`;
const DELETE_SINGLE = 'DELETE FROM snapshot WHERE device = ? AND sensor <> ?';

/** No sensor's name is empty: the row of all of them. */
const ALL_SENSORS = '';

export class SnapshotRows {
  readonly #read: StatementSync;
  readonly #write: StatementSync;
  readonly #deleteSingle: StatementSync;

  constructor(database: DatabaseSync) {
    this.#read = database.prepare(READ_SNAPSHOTS);
    this.#write = database.prepare(WRITE_SNAPSHOT);
    this.#deleteSingle = database.prepare(DELETE_SINGLE);
  }

  read(device: Pick<DeviceRecord, 'id'>): Snapshots {
    const rows = allRows(this.#read, device.id);
    const [first] = rows;
    if (first !== undefined && first.sensor === ALL_SENSORS) return unpack(asBytes(first.bytes));
    return new Map(rows.map((row) => [asText(row.sensor), asBytes(row.bytes)]));
  }

  write(device: Pick<DeviceRecord, 'id'>, snapshots: Snapshots): void {
    this.#write.run(device.id, ALL_SENSORS, pack(snapshots));
    this.#deleteSingle.run(device.id, ALL_SENSORS);
  }
}

/** A window as long as a device's snapshots: the default takes 3 MB for each of them. */
const COMPRESSION = { params: { [constants.ZSTD_c_windowLog]: 14 } };
const out = new ByteWriter(16_384);

function pack(snapshots: Snapshots): Uint8Array {
  out.clear();
  out.varint(snapshots.size);
  for (const [sensor, bytes] of snapshots) {
    out.text(sensor);
    out.bytes(bytes);
  }
  return zstdCompressSync(out.finish(), COMPRESSION);
}

/** @throws SnapshotError where the bytes are not whole */
function unpack(bytes: Uint8Array): Snapshots {
  try {
    // A plain view: a Buffer's slice is no copy, and a judge takes a copy of its state by slicing.
    const { buffer, byteOffset, length } = zstdDecompressSync(bytes);
    return read(new ByteReader(new Uint8Array(buffer, byteOffset, length)));
  } catch (error) {
    if (error instanceof PackFault || errorCode(error)?.startsWith('ZSTD_'))
      throw new SnapshotError('damaged', "a device's snapshots cannot be read");
    throw error;
  }
}

function read(reader: ByteReader): Snapshots {
  const entries = Array.from({ length: reader.varint() }, (): [string, Uint8Array] => [
    reader.text(),
    reader.bytes(),
  ]);
  reader.end();
  return new Map(entries);
}
