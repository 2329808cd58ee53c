/** What one field of a table holds: a number, a time, or neither, which is NaN and never a guess. */
import { ParseFault, parseTimestamp } from '@fernsight/base';

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const ONE_COMMA = /^([^.,]*),([^.,]*)$/;

/** @returns the finite number in the field, or NaN. `12,5` is one only where a comma does not divide fields. */
export function parseNumber(field: string, delimiter: string): number {
  const text = delimiter === ',' ? field.trim() : field.trim().replace(ONE_COMMA, '$1.$2');
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}

/** @returns microseconds since 1970 UTC, or NaN where the field is no time */
export function parseTime(field: string): number {
  try {
    return parseTimestamp(field);
  } catch (error) {
    if (error instanceof ParseFault) return Number.NaN;
    throw error;
  }
}
