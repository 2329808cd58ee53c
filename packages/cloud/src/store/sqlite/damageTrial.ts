/** What tests of damage share: stores that are spoilt as a bad disk would. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { must } from '@fernsight/base';
import { asBytes, asNumber, oneRow } from './database.ts';

/** Flips a bit of a column of bytes: of a row, or of the longest that there is. @returns the row's number */
export function flipBit(
  path: string,
  { table, at, id }: { table: string; at: number; id?: number },
): number {
  return changeStore(path, (database) => {
    const longest = `SELECT id, bytes FROM ${table} WHERE id = coalesce(?, id) ORDER BY length(bytes) DESC LIMIT 1`;
    const found = oneRow(database.prepare(longest), id ?? null);
    const row = must(found, `there are rows of ${table}`);
    const bytes = asBytes(row.bytes);
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    const flipped = asNumber(row.id);
    database.prepare(`UPDATE ${table} SET bytes = ? WHERE id = ?`).run(bytes, flipped);
    return flipped;
  });
}

/** Overwrites the first page of a table: whatever reads it fails, and nothing else. */
export function spoilRoot(path: string, table: string): void {
  const database = new DatabaseSync(path, { readOnly: true });
  const { page_size: size } = database.prepare('PRAGMA page_size').get() ?? {};
  const named = database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?');
  const root = Number(named.get(table)?.rootpage);
  database.close();
  const page = Buffer.alloc(Number(size), 0xff);
  const file = openSync(path, 'r+');
  writeSync(file, page, 0, page.length, (root - 1) * page.length);
  closeSync(file);
}

/** Opens the database beside whoever has it open, and closes it again. @returns what the work does */
export function changeStore<T>(path: string, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(path);
  try {
    return work(database);
  } finally {
    database.close();
  }
}
