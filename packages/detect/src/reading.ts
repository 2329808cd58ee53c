/**
 * What a judge asks of a reading, and the error when it is not so.
 *
 * A judge takes finite values and, within a series, strictly increasing stamps. What does not fit is refused before any
 * state changes, so that a caller may catch the error, count the reading as rejected and go on with the next one.
 */

/** A reading that cannot be judged. The judge's state is as it was before. */
export class ReadingError extends Error {
  readonly reason: 'notFinite' | 'outOfOrder';
  readonly hint: string;

  constructor(reason: 'notFinite' | 'outOfOrder', message: string, hint: string) {
    super(message);
    this.name = 'ReadingError';
    this.reason = reason;
    this.hint = hint;
  }
}

/** @throws {ReadingError} `notFinite` for NaN and both infinities */
export function requireFinite(value: number): void {
  if (value - value === 0) return;
  throw new ReadingError(
    'notFinite',
    `a reading's value must be a finite number, not ${value}`,
    'leave the reading out, or send null where the protocol has it',
  );
}

/** @param row NaN is a missing value @throws {ReadingError} `notFinite` for both infinities */
export function requireFiniteRow(row: Float64Array): void {
  for (let index = 0; index < row.length; index += 1) {
    const value = row[index] ?? 0;
    if (!Number.isNaN(value)) requireFinite(value);
  }
}

/** @throws {ReadingError} `outOfOrder` unless tsUs > lastTsUs; lastTsUs is 0 before the first reading */
export function requireLater(tsUs: number, lastTsUs: number): void {
  if (tsUs > lastTsUs) return;
  throw new ReadingError(
    'outOfOrder',
    `a reading's stamp must be after the series' last (${lastTsUs}), not ${tsUs}`,
    'late readings are stored without a verdict',
  );
}
