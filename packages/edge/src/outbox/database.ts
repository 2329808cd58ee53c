/** The outbox's file as a database. */
import { DatabaseSync } from 'node:sqlite';
import { BUSY_MS } from '../limits.ts';
import { migrate } from './schema.ts';

/** @throws what SQLite throws where the file is no database of ours */
export function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec(`
      PRAGMA busy_timeout = ${BUSY_MS};
      PRAGMA auto_vacuum = INCREMENTAL;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA cache_size = -2000;
    `);
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
