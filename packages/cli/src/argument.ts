/** What flags hold, read from their text. Commander prints the flag's name before the message. */
import { errorMessage, parseTimestamp } from '@fernsight/base';
import { InvalidArgumentError } from 'commander';
import { parseDuration } from './settings/unit.ts';

/** @returns a whole number from 0 */
export function count(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write a whole number from 0.');
}

/** @returns a whole number from 1 */
export function natural(text: string): number {
  if (/^\d{1,15}$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('Write a whole number from 1.');
}

/** @returns a port; 0: any that is free */
export function port(text: string): number {
  const value = count(text);
  if (value <= 65_535) return value;
  throw new InvalidArgumentError('Write a port from 0 to 65535.');
}

/** @returns a finite number above 0 */
export function positive(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Write a number above 0.');
}

/** @returns the names between the commas */
export function list(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => name !== '')) return names;
  throw new InvalidArgumentError('Write names with commas between them: A,B,C.');
}

/** @returns milliseconds, above 0 */
export function duration(text: string): number {
  const ms = checked(() => parseDuration(text));
  if (ms > 0) return ms;
  throw new InvalidArgumentError('Write a time above 0, such as 30s.');
}

/** @returns a stamp in microseconds */
export function time(text: string): number {
  return checked(() => parseTimestamp(text));
}

function checked<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new InvalidArgumentError(errorMessage(error));
  }
}
