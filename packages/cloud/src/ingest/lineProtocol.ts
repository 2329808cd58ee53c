/**
 * InfluxDB line protocol: `measurement,tag=value field=1.5,other=2i 1465839830100400200`.
 *
 * The device is the tag `device`, else `device_id`, else `host`, else the measurement; the sensor is the field's name,
 * behind the measurement where that is not the device and the field has a plain name such as `value`. Other tags tell
 * series apart and stand behind it, by name: `cpu.usage_idle{cpu=cpu0}`. What a name may not hold, or would tell two
 * sets of tags apart no more, stands there as in an address: `disk.free{path=%2Fvar}`. Text and booleans
 * are no readings: such fields are passed over when the line has numbers beside them, and refused when it has none.
 * Grammar: InfluxDB v2 reference, "Line protocol".
 */
import { LINE_PARTS_MAX } from '../limits.ts';
import { bodyText, placeInLines } from './bodyText.ts';
import { Columns, type Intake } from './columns.ts';
import { asName, asTimeUs, ItemFault, show } from './item.ts';
import { boundReadings, rejectItem } from './json.ts';

export type Precision = 'ns' | 'us' | 'ms' | 's';

const US_PER: Readonly<Record<Precision, number>> = { ns: 1e-3, us: 1, ms: 1e3, s: 1e6 };
const DEVICE_TAGS = ['device', 'device_id', 'host'];
/** Names that say nothing: the measurement names the quantity. */
const PLAIN_FIELDS = new Set(['value', 'gauge', 'counter']);

/** What no name may hold of what tags do, and what parts one tag from the next. */
const RESERVED = /[/%=,{}]/g;

/** @throws RequestFault where there are too many lines */
export function readLines(
  body: Uint8Array,
  { receivedUs, precision }: { readonly receivedUs: number; readonly precision: Precision },
): Intake {
  const columns = new Columns(receivedUs);
  let count = 0;
  for (const [index, line] of bodyText(body, placeInLines).split('\n').entries()) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    boundReadings(Math.max(++count, columns.count + 1));
    const at = `line ${index + 1}`;
    try {
      readLine(trimmed, precision, (device, sensor, reading) => {
        columns.add({ device, sensor }, { ...reading, at });
      });
    } catch (error) {
      rejectItem(error, columns, { at });
    }
  }
  return columns.finish();
}

type Visit = (
  device: string,
  sensor: string,
  reading: { readonly value: number; readonly tsUs: number | undefined },
) => void;

function readLine(line: string, precision: Precision, visit: Visit): void {
  const [head = '', fieldText = '', stamp, ...rest] = splitOutside(line, ' ').filter(
    (part) => part !== '',
  );
  if (fieldText === '') throw new ItemFault('', `${show(line)} has no fields`);
  if (rest.length > 0)
    throw new ItemFault('', `${show(line)} has more than a name, fields and a time`);
  const tsUs = stamp === undefined ? undefined : stampOf(stamp, precision);
  const [measurement = '', ...tags] = splitOutside(head, ',').map(unescaped);
  const deviceTag = deviceTagOf(tags);
  const tagged = deviceTag?.slice(deviceTag.indexOf('=') + 1);
  const device = asName(tagged ?? measurement, 'device');
  const others = othersOf(tags, deviceTag);
  const fields = splitOutside(fieldText, ',');
  if (fields.length + tags.length > LINE_PARTS_MAX)
    throw new ItemFault('', `has more than ${LINE_PARTS_MAX} parts`);
  let count = 0;
  for (const field of fields) {
    const { name, value } = fieldOf(field);
    if (value === undefined) continue;
    const sensor = tagged === undefined || measurement === '' ? name : sensorOf(measurement, name);
    visit(device, asName(sensor + others, 'sensor'), { value, tsUs });
    count++;
  }
  if (count === 0) throw new ItemFault('', 'has no numeric field');
}

function deviceTagOf(tags: readonly string[]): string | undefined {
  for (const wanted of DEVICE_TAGS) {
    const tag = tags.find((candidate) => candidate.startsWith(`${wanted}=`));
    if (tag !== undefined) return tag;
  }
  return undefined;
}

/** @returns what stands behind a sensor's name: the other tags in their order by name, or nothing where there are none */
function othersOf(tags: readonly string[], deviceTag: string | undefined): string {
  const others = tags.filter((tag) => tag !== deviceTag && tag !== '');
  if (others.length === 0) return '';
  const pairs = others.map((tag) => {
    const [key = '', ...value] = tag.split('=');
    return `${fenced(key)}=${fenced(value.join('='))}`;
  });
  return `{${pairs.sort().join(',')}}`;
}

function fenced(text: string): string {
  return text.replace(RESERVED, encodeURIComponent);
}

function sensorOf(measurement: string, field: string): string {
  return PLAIN_FIELDS.has(field) ? measurement : `${measurement}.${field}`;
}

/** @returns the field's value, or undefined where it is text or a boolean. @throws ItemFault */
function fieldOf(field: string): { readonly name: string; readonly value: number | undefined } {
  const parts = splitOutside(field, '=');
  const [name, text] = [unescaped(parts[0] ?? ''), parts[1] ?? ''];
  if (name === '' || parts.length !== 2 || text === '')
    throw new ItemFault('', `${show(field)} is no field`);
  if (text.startsWith('"') || /^(?:t|f|true|false)$/i.test(text)) return { name, value: undefined };
  const number = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?[iu]?$/.test(text)
    ? Number(text.replace(/[iu]$/, ''))
    : Number.NaN;
  if (!Number.isFinite(number)) throw new ItemFault(name, `${show(text)} is not a finite number`);
  return { name, value: number };
}

function stampOf(text: string, precision: Precision): number {
  if (!/^-?\d{1,19}$/.test(text)) throw new ItemFault('time', `${show(text)} is not an integer`);
  if (precision === 'ns') return asTimeUs(Number(BigInt(text) / 1000n), 'time');
  return asTimeUs(Math.round(Number(text) * US_PER[precision]), 'time');
}

/** Splits at a character that is neither escaped by a backslash nor inside double quotes. O(characters) */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '\\') at++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === separator && !isQuoted) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function unescaped(text: string): string {
  return text.replace(/\\([,= "\\])/g, '$1');
}
