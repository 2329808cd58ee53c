/**
 * From an MQTT message to readings: which part of the topic names the device and the sensor, and where in the payload
 * the value and the time stand.
 *
 * A pattern is a topic filter with named levels: `plant/{device}/{sensor}` subscribes to `plant/+/+`. A payload is a
 * plain number, or JSON: with `value` a path into it; without, each number at its top is a sensor of its own.
 */
import { UsageFault } from '@fernsight/base';
import { BLOCK_READINGS_MAX } from '../limits.ts';
import { parseTime } from './field.ts';
import type { Invalid, Taken } from './source.ts';

export interface TopicMapping {
  /** `plant/{device}/{sensor}`, `tele/{device}/SENSOR`, `home/#` */
  readonly pattern: string;
  /** a name for all readings, where the topic has none */
  readonly device?: string | undefined;
  readonly sensor?: string | undefined;
  /** path into a JSON payload: `data.value`, `samples.0.v` */
  readonly value?: string | undefined;
  readonly time?: string | undefined;
}

/** @returns the topic filter to subscribe to. @throws UsageFault */
export function filterOf({ pattern }: TopicMapping): string {
  const levels = pattern
    .split('/')
    .map((level) => (/^\{(device|sensor)\}$/.test(level) ? '+' : level));
  const last = levels.length - 1;
  const valid = levels.every(
    (level, index) => level === '+' || (level === '#' && index === last) || !/[+#{}]/.test(level),
  );
  if (valid && pattern !== '') return levels.join('/');
  throw new UsageFault(`${JSON.stringify(pattern)} is not a topic pattern`, {
    op: 'mqtt.topic',
    hint: 'plant/{device}/{sensor}, with + for one level and # for all that follow',
  });
}

/** @returns what the topic names, or undefined where it does not match */
function matchTopic(
  { pattern, device, sensor }: TopicMapping,
  topic: string,
): { readonly device: string | undefined; readonly sensor: string | undefined } | undefined {
  const wanted = pattern.split('/');
  const levels = topic.split('/');
  const named = { device, sensor };
  for (const [index, want] of wanted.entries()) {
    if (want === '#') return named;
    const level = levels[index];
    if (level === undefined) return undefined;
    if (want === '{device}') named.device = level;
    else if (want === '{sensor}') named.sensor = level;
    else if (want !== '+' && want !== level) return undefined;
  }
  return levels.length === wanted.length ? named : undefined;
}

/** @returns the readings of one message, and what of it is none */
export function readMessage(
  mappings: readonly TopicMapping[],
  topic: string,
  payload: string,
): { readonly readings: Taken[]; readonly invalid: Invalid[] } {
  for (const mapping of mappings) {
    const named = matchTopic(mapping, topic);
    if (named === undefined) continue;
    const content = parsePayload(payload);
    const stamp = mapping.time === undefined ? undefined : valueAt(content, mapping.time);
    const tsUs = stamp === undefined ? undefined : parseTime(String(stamp));
    const invalid = (reason: string) => ({
      readings: [],
      invalid: [{ device: named.device, at: topic, reason }],
    });
    if (Number.isNaN(tsUs)) return invalid('no time');
    const values = valuesOf(mapping, content, named.sensor ?? lastLevel(topic));
    if (values.length === 0) return invalid('no number');
    const readings = values
      .slice(0, BLOCK_READINGS_MAX)
      .map((one) => ({ device: named.device, tsUs, ...one }));
    // A message is taken whole or not at all, and goes into one block; a device has no more sensors than that.
    const count = values.length - readings.length;
    if (count === 0) return { readings, invalid: [] };
    const reason = `more than ${BLOCK_READINGS_MAX} numbers in one message`;
    return { readings, invalid: [{ device: named.device, at: topic, reason, count }] };
  }
  return { readings: [], invalid: [{ at: topic, reason: 'no mapping for this topic' }] };
}

function valuesOf(
  mapping: TopicMapping,
  content: unknown,
  sensor: string,
): { readonly sensor: string; readonly value: number }[] {
  const value = numberIn(mapping.value === undefined ? content : valueAt(content, mapping.value));
  if (value !== undefined) return [{ sensor, value }];
  if (mapping.value !== undefined || typeof content !== 'object' || content === null) return [];
  const values: { sensor: string; value: number }[] = [];
  for (const [name, field] of Object.entries(content)) {
    const number = typeof field === 'number' ? field : undefined;
    if (number !== undefined && name !== mapping.time) values.push({ sensor: name, value: number });
  }
  return values;
}

function lastLevel(topic: string): string {
  return topic.slice(topic.lastIndexOf('/') + 1);
}

function numberIn(value: unknown): number | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string' && value.trim() === '') return undefined;
  const number =
    typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

/** A payload that is no JSON is text, which may be a plain number. */
function parsePayload(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch (error) {
    if (error instanceof SyntaxError) return payload;
    throw error;
  }
}

function valueAt(content: unknown, path: string): unknown {
  let here = content;
  for (const key of path.split('.')) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = Object.entries(here).find(([name]) => name === key)?.[1];
  }
  return here;
}
