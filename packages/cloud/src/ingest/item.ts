/** Fields of a plain device's reading, checked one by one: each objection names the fault and the remedy (I8). */
import { isName, NAME_RULE, ParseFault, parseTimestamp } from '@fernsight/base';
import { type ItemError, TEXT_LENGTH_MAX } from '@fernsight/wire';

/** A field that is not what it should be; `at` is its path below the item. */
export class ItemFault extends Error {
  override name = 'ItemFault';
  readonly at: string;
  readonly code: ItemError['code'];

  constructor(at: string, message: string, code: ItemError['code'] = 'invalid') {
    super(message);
    this.at = at;
    this.code = code;
  }
}

const TIME_US_MAX = 8.64e15;

/** @throws ItemFault unless `value` is an object */
export function asRecord(value: unknown, at = ''): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ItemFault(at, `${show(value)} is not an object`);
  }
  return value as Readonly<Record<string, unknown>>;
}

/** @throws ItemFault unless `value` can name a device or a sensor */
export function asName(value: unknown, at: string): string {
  if (isName(value)) return value;
  if (value === undefined) throw new ItemFault(at, 'is missing');
  throw new ItemFault(at, `${show(value)} is no name: ${NAME_RULE}`);
}

/** @throws ItemFault unless `value` is a finite number */
export function asValue(value: unknown, at: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (value === undefined) throw new ItemFault(at, 'is missing');
  throw new ItemFault(
    at,
    `${show(value)} is not a finite number; leave out readings that are not there`,
  );
}

/** @returns text, or undefined where there is none. @throws ItemFault where it is something else or too long */
export function asText(value: unknown, at: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value.length <= TEXT_LENGTH_MAX) return value;
  throw new ItemFault(at, `${show(value)} is not text of at most ${TEXT_LENGTH_MAX} characters`);
}

/** @returns microseconds UTC, or undefined where no time is given. @throws ItemFault */
export function asTime(value: unknown, at: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' || typeof value === 'string') {
    const text = String(value);
    try {
      if (text.length <= 40) return bounded(parseTimestamp(text), at);
    } catch (error) {
      if (!(error instanceof ParseFault)) throw error;
    }
  }
  throw new ItemFault(at, `${show(value)} is not a time: ISO 8601, or a number since 1970`);
}

/** @throws ItemFault unless `value` is an integer of microseconds */
export function asTimeUs(value: unknown, at: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return bounded(value, at);
  throw new ItemFault(at, `${show(value)} is not an integer of microseconds since 1970`);
}

function bounded(tsUs: number, at: string): number {
  if (Math.abs(tsUs) <= TIME_US_MAX) return tsUs;
  throw new ItemFault(at, `${tsUs} µs is no time that a calendar knows`);
}

/** @returns a short form of what was given, for a message */
export function show(value: unknown): string {
  const text =
    typeof value === 'string'
      ? JSON.stringify(value.slice(0, 60))
      : String(JSON.stringify(value) ?? value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
