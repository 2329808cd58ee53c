/**
 * Newline-delimited JSON, from a file (plain or gzip) or standard input, as a source: one object a line.
 *
 * Either one reading an object, `{"sensor": "temperature", "value": 21.5, "time": "2026-11-03T14:05:09Z"}`, or one
 * object a moment, `{"time": …, "temperature": 21.5, "humidity": 40}`, where each number is a sensor. `device` names a
 * child. Without a time the agent stamps.
 *
 * Its position is the number of lines given, and of the next one the readings, where it holds more than a block takes.
 */
import { type Clock, systemClock } from '@fernsight/base';
import { BLOCK_READINGS_MAX } from '../limits.ts';
import { parseTime } from './field.ts';
import { type Input, nameOfInput, readInput } from './input.ts';
import { readLines } from './lines.ts';
import { Pace, type Speed } from './pace.ts';
import type { Block, Invalid, Source, Taken } from './source.ts';

export interface NdjsonOptions extends Input {
  readonly speed?: Speed | undefined;
  readonly stamps?: 'original' | 'now' | undefined;
  readonly clock?: Clock | undefined;
  readonly name?: string | undefined;
}

/** Bad lines handed over at a time. */
const BLOCK_INVALID = 256;
const TIME_FIELDS = ['time', 'timestamp', 'ts'] as const;

/** @returns a source that ends with the file; one from standard input cannot repeat */
export function createNdjsonSource(options: NdjsonOptions): Source {
  return {
    name: options.name ?? `ndjson:${options.path}`,
    repeatable: options.path !== '-',
    read: (from, signal) => readNdjson(options, from, signal),
  };
}

async function* readNdjson(
  options: NdjsonOptions,
  from: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Block> {
  const { clock = systemClock, speed = 'max', stamps = 'original', path } = options;
  const name = nameOfInput(options);
  const pace = new Pace(clock, speed);
  const { line: done, given: ofNext } = placeOf(path === '-' ? undefined : from);
  let position = from ?? '0';
  let readings: Taken[] = [];
  let invalid: Invalid[] = [];
  const finish = (): Block => {
    const block = { readings, invalid, position };
    readings = [];
    invalid = [];
    return block;
  };
  for await (const lines of readLines(readInput(options, signal), name)) {
    for (const next of lines) {
      if (next.line <= done) continue;
      const parsed = parseLine(next.text, next.line);
      const waitMs = pace.waitMs(parsed.readings[0]?.tsUs ?? Number.NaN);
      const full =
        invalid.length >= BLOCK_INVALID ||
        readings.length >= BLOCK_READINGS_MAX / 2 ||
        readings.length + parsed.readings.length > BLOCK_READINGS_MAX;
      if (waitMs > 0 || full) yield finish();
      if (waitMs > 0) await clock.sleep(waitMs, signal);
      if (signal.aborted) {
        yield finish();
        return;
      }
      const given = next.line === done + 1 ? ofNext : 0;
      for (const [index, one] of parsed.readings.entries()) {
        if (index < given) continue;
        if (readings.length === BLOCK_READINGS_MAX) {
          position = `${next.line - 1}:${index}`;
          yield finish();
        }
        readings.push(stamps === 'now' ? unstamped(one) : one);
      }
      invalid.push(...parsed.invalid);
      position = String(next.line);
    }
    if (readings.length + invalid.length > 0) yield finish();
  }
}

/** @returns the lines that a position says were given whole, and how many readings of the one after them */
function placeOf(position = '0'): { readonly line: number; readonly given: number } {
  const [line, given = 0] = position.split(':').map(Number);
  return { line: line ?? 0, given };
}

/** @returns the readings of one line, and what of it is none */
export function parseLine(
  text: string,
  line: number,
): { readonly readings: Taken[]; readonly invalid: Invalid[] } {
  const at = `line ${line}`;
  const fields = parseObject(text);
  if (fields === undefined) return { readings: [], invalid: [{ at, reason: 'no JSON object' }] };
  const device = typeof fields.device === 'string' ? fields.device : undefined;
  const stamp = TIME_FIELDS.map((name) => fields[name]).find((value) => value !== undefined);
  const tsUs = stamp === undefined ? undefined : parseTime(String(stamp));
  if (Number.isNaN(tsUs)) return { readings: [], invalid: [{ device, at, reason: 'no time' }] };
  if (typeof fields.sensor === 'string') {
    const { sensor, value } = fields;
    if (typeof value === 'number')
      return { readings: [{ device, sensor, tsUs, value }], invalid: [] };
    return { readings: [], invalid: [{ device, at: `${at}, ${sensor}`, reason: 'no number' }] };
  }
  return numbersIn(fields, { device, tsUs, at });
}

function numbersIn(
  fields: Readonly<Record<string, unknown>>,
  known: {
    readonly device: string | undefined;
    readonly tsUs: number | undefined;
    readonly at: string;
  },
): { readonly readings: Taken[]; readonly invalid: Invalid[] } {
  const { device, tsUs, at } = known;
  const readings: Taken[] = [];
  for (const [sensor, value] of Object.entries(fields)) {
    if (typeof value !== 'number' || isTimeField(sensor)) continue;
    readings.push({ device, sensor, tsUs, value });
  }
  if (readings.length > 0) return { readings, invalid: [] };
  return { readings, invalid: [{ device, at, reason: 'no number in it' }] };
}

function isTimeField(name: string): boolean {
  return TIME_FIELDS.some((field) => field === name);
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return Object.fromEntries(Object.entries(value));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function unstamped(taken: Taken): Taken {
  return { ...taken, tsUs: undefined };
}
