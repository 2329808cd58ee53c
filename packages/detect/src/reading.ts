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

/** @throws {ReadingError} `notFinite` for what is no finite number: NaN, both infinities, and null or text from plain JavaScript */
export function requireFinite(value: number): void {
  if (Number.isFinite(value)) return;
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

/** @throws {ReadingError} `notFinite` for a stamp that is no finite number */
export function requireStamp(tsUs: number): void {
  if (Number.isFinite(tsUs)) return;
  throw new ReadingError(
    'notFinite',
    `a reading's stamp must be a finite number, not ${tsUs}`,
    'give microseconds since 1970 UTC: 1000 * Date.now()',
  );
}

/**
 * @param lastTsUs −1 before the first reading: stamps may be counted from 0
 * @throws {ReadingError} `outOfOrder` unless tsUs > lastTsUs, `notFinite` for a stamp that is no finite number
 */
export function requireLater(tsUs: number, lastTsUs: number): void {
  requireStamp(tsUs);
  if (tsUs > lastTsUs) return;
  throw new ReadingError(
    'outOfOrder',
    `a reading's stamp must be after the series' last (${lastTsUs}), not ${tsUs}`,
    'late readings are stored without a verdict',
  );
}

/** Values are cut here: their squares, summed, must stay finite. */
const VALUE_MAX = 1e140;

/** @returns the value, or the greatest of its sign that a judge reckons with; NaN stays NaN */
export function boundValue(value: number): number {
  return value > VALUE_MAX ? VALUE_MAX : value < -VALUE_MAX ? -VALUE_MAX : value;
}
