/**
 * Time as text. ISO 8601 with up to six digits of a second (more are cut), an offset or none (then UTC), `T` or a blank
 * between date and time; or a plain number of seconds, milliseconds, microseconds or nanoseconds since 1970, told
 * apart by magnitude. A `Date` keeps three digits only, so the fraction is read here.
 */
import { ParseFault, parseTsUs, type TsUs } from './ids.ts';

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,12}))?)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i;
const HINT = 'ISO 8601 such as 2026-11-03T14:05:09.123456Z, or a number since 1970';

export const US_PER_MS = 1_000;
export const US_PER_SECOND = 1_000_000;
export const US_PER_MINUTE = 60 * US_PER_SECOND;
export const US_PER_HOUR = 60 * US_PER_MINUTE;
export const US_PER_DAY = 24 * US_PER_HOUR;

/** @throws ParseFault when `text` is not a time */
export function parseTimestamp(text: string): TsUs {
  const trimmed = text.trim();
  const match = ISO.exec(trimmed);
  if (match !== null) return fromIso(match, trimmed);
  if (/^-?\d+(\.\d+)?$/.test(trimmed)) return fromNumber(Number(trimmed), trimmed);
  throw new ParseFault(`${JSON.stringify(trimmed.slice(0, 40))} is not a time`, {
    op: 'parse',
    hint: HINT,
  });
}

function fromIso(match: RegExpExecArray, text: string): TsUs {
  const part = (index: number) => Number(match[index] ?? '0');
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map(part) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  const back = new Date(ms);
  const zoneUs = offsetUs(match[8]);
  const valid =
    Number.isFinite(zoneUs) &&
    back.getUTCFullYear() === year &&
    back.getUTCMonth() === month - 1 &&
    back.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  if (!valid)
    throw new ParseFault(`${JSON.stringify(text)} is not a time`, { op: 'parse', hint: HINT });
  const fractionUs = Number((match[7] ?? '').slice(0, 6).padEnd(6, '0'));
  return parseTsUs(ms * US_PER_MS + fractionUs - zoneUs);
}

/** @returns how far local time is ahead; NaN for what is no offset */
function offsetUs(zone: string | undefined): number {
  if (zone === undefined || zone.toUpperCase() === 'Z') return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  const digits = zone.slice(1).replace(':', '');
  const [hours, minutes] = [Number(digits.slice(0, 2)), Number(digits.slice(2))];
  if (hours >= 24 || minutes >= 60) return Number.NaN;
  return sign * (hours * US_PER_HOUR + minutes * US_PER_MINUTE);
}

/** Numbers are told apart by size: each unit's range is the years 1973 to 5138 of the one before. */
function fromNumber(value: number, text: string): TsUs {
  const size = Math.abs(value);
  const perUnit = size < 1e11 ? US_PER_SECOND : size < 1e14 ? US_PER_MS : size < 1e17 ? 1 : 1e-3;
  const us = Math.round(value * perUnit);
  if (!Number.isSafeInteger(us)) {
    throw new ParseFault(`${JSON.stringify(text)} is not a time`, { op: 'parse', hint: HINT });
  }
  return parseTsUs(us);
}

/** @returns ISO 8601 in UTC with six digits, `2026-11-03T14:05:09.123456Z` */
export function formatTimestamp(tsUs: number): string {
  const ms = Math.floor(tsUs / US_PER_MS);
  const us = tsUs - ms * US_PER_MS;
  return `${new Date(ms).toISOString().slice(0, -1)}${String(us).padStart(3, '0')}Z`;
}
