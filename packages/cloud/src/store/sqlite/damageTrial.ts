/** What the tests of checks share: stores in which a bit is flipped, as a bad disk would. */
import { DatabaseSync } from 'node:sqlite';
import { must } from '@fernsight/base';
import { asBytes, asNumber, oneRow } from './database.ts';

/** Flips a bit of a column of bytes, of the longest that there is. @returns the row's number */
export function flipBit(path: string, { table, at }: { table: string; at: number }): number {
  const database = new DatabaseSync(path);
  try {
    const longest = `SELECT id, bytes FROM ${table} ORDER BY length(bytes) DESC LIMIT 1`;
    const row = must(oneRow(database.prepare(longest)), `there are rows of ${table}`);
    const bytes = asBytes(row.bytes);
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    const id = asNumber(row.id);
    database.prepare(`UPDATE ${table} SET bytes = ? WHERE id = ?`).run(bytes, id);
    return id;
  } finally {
    database.close();
  }
}
