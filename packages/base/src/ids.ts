/**
 * Branded names and positions: only what could be swapped by mistake. They are made here, by a parser, and nowhere else.
 */
import { Fault } from './fault.ts';

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** A device: 1 to 128 characters, no control characters, no slash, no blank at either end. */
export type DeviceId = Brand<string, 'DeviceId'>;
/** One boot, or one clock anchor, of an agent. Opaque; sorts by the time it began. */
export type Epoch = Brand<string, 'Epoch'>;
/** The position of a reading within (agent, epoch), from 0. */
export type Seq = Brand<number, 'Seq'>;
/** Microseconds since 1970-01-01 UTC, an integer. Exact up to the year 2255. */
export type TsUs = Brand<number, 'TsUs'>;
/** The store's own number of a series; it never leaves the store. */
export type SeriesId = Brand<number, 'SeriesId'>;
/** SHA-256 of a model's bytes, 64 hexadecimal digits. */
export type ModelHash = Brand<string, 'ModelHash'>;

/** Longest name of a device or a sensor, in UTF-16 units: what fits a card and an index page. */
export const NAME_LENGTH_MAX = 128;
/**
 * The pattern of a device or sensor name, also for JSON schemas; read with the flag `u`, so that only lone surrogates are
 * left out by their range: stored as UTF-8, two such names would be one.
 */
export const NAME_PATTERN =
  '^[^\\s\\u0000-\\u001f\\u007f/\\ud800-\\udfff](?:[^\\u0000-\\u001f\\u007f/\\ud800-\\udfff]{0,126}' +
  '[^\\s\\u0000-\\u001f\\u007f/\\ud800-\\udfff])?$';
/** The same in words. */
export const NAME_RULE =
  '1 to 128 characters, no slash, no control characters, no blank at the ends';
const NAME = new RegExp(NAME_PATTERN, 'u');
const EPOCH = /^[0-9a-z]{9,13}-[0-9a-z]{8,16}$/;
const HASH = /^[0-9a-f]{64}$/;

/** A name, a number or a stamp that is not one. */
export class ParseFault extends Fault {
  override name = 'ParseFault';
}

function refuse(what: string, text: unknown, hint: string): never {
  const shown = typeof text === 'string' ? JSON.stringify(text.slice(0, 40)) : String(text);
  throw new ParseFault(`${shown} is not ${what}`, { op: 'parse', hint });
}

/** @returns whether `text` can name a device or a sensor */
export function isName(text: unknown): text is string {
  return typeof text === 'string' && NAME.test(text);
}

/** @throws ParseFault */
export function parseDeviceId(text: unknown): DeviceId {
  if (!isName(text)) {
    refuse('a device id', text, NAME_RULE);
  }
  return text as DeviceId;
}

/** @throws ParseFault */
export function parseEpoch(text: unknown): Epoch {
  if (typeof text !== 'string' || !EPOCH.test(text))
    refuse('an epoch', text, 'as the agent made it');
  return text as Epoch;
}

/** @throws ParseFault */
export function parseSeq(value: unknown): Seq {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    refuse('a sequence number', value, 'an integer from 0');
  }
  return value as Seq;
}

/** @throws ParseFault */
export function parseTsUs(value: unknown): TsUs {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    refuse('a time in microseconds', value, 'an integer, microseconds since 1970 UTC');
  }
  return value as TsUs;
}

/** @throws ParseFault */
export function parseSeriesId(value: unknown): SeriesId {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 0x7fffffff) {
    refuse('a series number', value, 'an integer from 1 to 2^31 - 1');
  }
  return value as SeriesId;
}

/** @throws ParseFault */
export function parseModelHash(text: unknown): ModelHash {
  if (typeof text !== 'string' || !HASH.test(text)) {
    refuse('a model hash', text, '64 hexadecimal digits, lower case');
  }
  return text as ModelHash;
}

/**
 * @param bootUs wall time at which the epoch begins
 * @param random in [0, 2^48), from a source that never repeats across boots
 */
export function createEpoch(bootUs: TsUs, random: number): Epoch {
  const time = Math.max(0, bootUs).toString(36).padStart(11, '0');
  return parseEpoch(`${time}-${random.toString(36).padStart(10, '0')}`);
}
