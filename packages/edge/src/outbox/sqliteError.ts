/** What SQLite throws, under Node: which of it means a damaged file, and which a disk that takes no more just now. */
import { Fault } from '@fernsight/base';

/** SQLITE_CORRUPT and SQLITE_NOTADB (sqlite.org/rescode.html). */
const DAMAGE_CODES = [11, 26];
/** SQLITE_BUSY. */
const BUSY_CODE = 5;
/** SQLITE_CONSTRAINT and SQLITE_MISMATCH. */
const UNFIT_CODES = [19, 20];

/** @returns whether SQLite threw it: a full or failing disk, a damaged file, a constraint */
export function isSqliteError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
}

/** @returns whether the file is damaged, or no database */
export function isDamage(error: unknown): boolean {
  return DAMAGE_CODES.includes(codeOf(error));
}

/** @returns whether somebody else has the file to himself just now */
export function isBusy(error: unknown): boolean {
  return codeOf(error) === BUSY_CODE;
}

/** @returns whether a table does not take such a row */
export function isUnfit(error: unknown): boolean {
  return UNFIT_CODES.includes(codeOf(error));
}

/** @returns the primary result code; 0, which is none, where SQLite did not throw it */
function codeOf(error: unknown): number {
  if (!isSqliteError(error)) return 0;
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
}

/** What was written is not on the disk, and may yet be: the disk is full, or fails for now. */
export class SyncFault extends Fault {
  override name = 'SyncFault';

  constructor(message: string, cause: unknown) {
    super(message, { op: 'outbox.sync', hint: 'make room on the disk', cause, retryable: true });
  }
}

/** @returns whether the disk takes no more just now: what was tried may be tried again later */
export function isDiskFault(error: unknown): boolean {
  return error instanceof SyncFault || (isSqliteError(error) && !isDamage(error));
}
