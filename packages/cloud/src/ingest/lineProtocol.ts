/**
 * InfluxDB line protocol: `measurement,tag=value field=1.5,other=2i 1465839830100400200`.
 *
 * The device is the tag `device`, else `device_id`, else `host`, else the measurement; of what Telegraf says of the parts of
 * its host, such as disks, it is the host. The sensor is the field's name, behind the measurement where that is not the
 * device and the field has a plain name such as `value`. Other tags tell series apart and stand behind it, by name:
 * `cpu.usage_idle{cpu=cpu0}`. What a name may not hold, or would tell two sets of tags apart no more, stands there as in
 * an address: `disk.free{path=%2Fvar}`. Text and booleans are no readings: such fields are passed over when the line has
 * numbers beside them; a line that has none is told of with a code of its own, for Telegraf sends some with each flush.
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
const HOST_FIRST = ['host', 'device', 'device_id'];
/** Measurements of Telegraf whose tag `device` names a part of the host. Its inputs for things behind a host are not among them. */
const PARTS_OF_HOST = new Set([
  'disk',
  'dmcache',
  'docker_container_blkio',
  'ecs_container_blkio',
  'hddtemp',
  'infiniband',
  'interrupts',
  'smart_attribute',
  'smart_device',
  'wireguard_device',
  'wireguard_peer',
]);
/** Names that say nothing: the measurement names the quantity. */
const PLAIN_FIELDS = new Set(['value', 'gauge', 'counter']);

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?[iu]?$/;
const QUOTED_NUMBER = /^(.+)="([+-]?(?:\d+(?:\.\d*)?|\.\d+))"$/;

/** What no name may hold of what tags do, and what parts one tag from the next. */
const RESERVED = /[/%=,{}]/g;

/** @throws RequestFault where there are too many lines */
export function readLines(
  body: Uint8Array,
  { receivedUs, precision }: { readonly receivedUs: number; readonly precision: Precision },
): Intake {
  const columns = new Columns(receivedUs);
  const lines = new Lines(bodyText(body, placeInLines));
  let count = 0;
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    if (line.text === '' || line.text.startsWith('#')) continue;
    boundReadings(Math.max(++count, columns.count + 1));
    const at = `line ${line.number}`;
    try {
      readLine(line.text, precision, { columns, at });
    } catch (error) {
      rejectItem(error, columns, { at });
    }
  }
  return columns.finish();
}

/** The lines of a body, blanks at their ends cut off. Quoted text may hold line breaks; what it holds is no line. */
class Lines {
  readonly #rows: readonly string[];
  #at = 0;
  /** until a text has no end: in such a body each row stands for itself */
  #joins = true;

  constructor(body: string) {
    this.#rows = body.split('\n');
  }

  next(): { readonly text: string; readonly number: number } | undefined {
    const first = this.#rows[this.#at];
    if (first === undefined) return undefined;
    const text = first.trim();
    const number = ++this.#at;
    if (!this.#joins || !text.includes('"') || text.startsWith('#')) return { text, number };
    const end = this.#endOfText(first);
    this.#joins = end !== undefined;
    if (end === undefined || end === number) return { text, number };
    this.#at = end;
    return {
      text: this.#rows
        .slice(number - 1, end)
        .join('\n')
        .trim(),
      number,
    };
  }

  /** @returns how many rows are read when the texts of this line have ended, if ever. O(characters) */
  #endOfText(first: string): number | undefined {
    let at = skipTo(first, ' ', skipBlanks(first, 0));
    let isOpen = false;
    for (let rows = this.#at; rows <= this.#rows.length; rows++) {
      const row = rows === this.#at ? first : (this.#rows[rows - 1] ?? '');
      while (at < row.length) {
        at = isOpen ? endOfText(row, at) : startOfText(row, at);
        isOpen = at < row.length ? !isOpen : isOpen;
        at++;
      }
      if (!isOpen) return rows;
      at = 0;
    }
    return undefined;
  }
}

interface Into {
  readonly columns: Columns;
  readonly at: string;
}

/** Takes a line's fields one by one: one that is no number is refused, those beside it are kept. @throws ItemFault for the line */
function readLine(line: string, precision: Precision, { columns, at }: Into): void {
  const headEnd = skipTo(line, ' ', 0);
  const start = skipBlanks(line, headEnd);
  const end = skipInFields(line, ' ', start);
  const [head, fieldText] = [line.slice(0, headEnd), line.slice(start, end)];
  if (fieldText === '') throw new ItemFault('', `${show(line)} has no fields`);
  const stamp = line.slice(skipBlanks(line, end));
  if (stamp.includes(' '))
    throw new ItemFault('', `${show(line)} has more than a name, fields and a time`);
  const tsUs = stamp === '' ? undefined : stampOf(stamp, precision);
  const [measurement = '', ...tags] = split(head, ',', skipTo).map(unescaped);
  const deviceTag = deviceTagOf(measurement, tags);
  const tagged = deviceTag?.slice(deviceTag.indexOf('=') + 1);
  const device = asName(tagged ?? measurement, 'device');
  const others = othersOf(tags, deviceTag);
  const fields = split(fieldText, ',', skipInFields);
  if (fields.length + tags.length > LINE_PARTS_MAX)
    throw new ItemFault('', `has more than ${LINE_PARTS_MAX} parts`);
  let textCount = 0;
  for (const field of fields) {
    try {
      const { name, value } = fieldOf(field);
      if (value === undefined) {
        textCount++;
        continue;
      }
      const sensor =
        tagged === undefined || measurement === '' ? name : sensorOf(measurement, name);
      columns.add({ device, sensor: asName(sensor + others, 'sensor') }, { value, tsUs, at });
    } catch (error) {
      rejectItem(error, columns, { at, device });
    }
  }
  if (textCount === fields.length) throw textAlone(fields);
}

/** Text is what it is; a number in quotes is a mistake of its sender, who must hear of it. */
function textAlone(fields: readonly string[]): ItemFault {
  for (const field of fields) {
    const [, name, number] = QUOTED_NUMBER.exec(field) ?? [];
    if (name !== undefined)
      return new ItemFault(unescaped(name), `"${number}" is text: a number stands without quotes`);
  }
  return new ItemFault('', 'has no numeric field', 'text');
}

function deviceTagOf(measurement: string, tags: readonly string[]): string | undefined {
  for (const wanted of PARTS_OF_HOST.has(measurement) ? HOST_FIRST : DEVICE_TAGS) {
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
  const end = skipTo(field, '=', 0);
  const [name, text] = [unescaped(field.slice(0, end)), field.slice(end + 1)];
  if (name === '' || text === '') throw new ItemFault('', `${show(field)} is no field`);
  if (isText(text)) return { name, value: undefined };
  const number = NUMBER.test(text) ? Number(text.replace(/[iu]$/, '')) : Number.NaN;
  if (!Number.isFinite(number)) throw new ItemFault(name, `${show(text)} is not a finite number`);
  return { name, value: number };
}

function isText(value: string): boolean {
  const isQuoted = value.startsWith('"') && endOfText(value, 1) === value.length - 1;
  return isQuoted || /^(?:t|f|true|false)$/i.test(value);
}

function stampOf(text: string, precision: Precision): number {
  if (!/^-?\d{1,19}$/.test(text)) throw new ItemFault('time', `${show(text)} is not an integer`);
  if (precision === 'ns') return asTimeUs(Number(BigInt(text) / 1000n), 'time');
  return asTimeUs(Math.round(Number(text) * US_PER[precision]), 'time');
}

type Skip = (text: string, wanted: string, from: number) => number;

/** @param skip finds the next separator. O(characters) */
function split(text: string, separator: string, skip: Skip): string[] {
  if (!text.includes('\\') && !text.includes('"')) return text.split(separator);
  const parts: string[] = [];
  let start = 0;
  for (let end = skip(text, separator, 0); end < text.length; end = skip(text, separator, start)) {
    parts.push(text.slice(start, end));
    start = end + 1;
  }
  parts.push(text.slice(start));
  return parts;
}

/** @returns where the next such character stands that no backslash escapes, or the end */
function skipTo(text: string, wanted: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== wanted) at += text[at] === '\\' ? 2 : 1;
  return Math.min(at, text.length);
}

/** The same in the fields, where it may stand in quoted text. @throws ItemFault where such a text has no end */
function skipInFields(text: string, wanted: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== wanted) {
    if (text[at] === '"' && text[at - 1] === '=') {
      at = endOfText(text, at + 1);
      if (at === text.length) throw new ItemFault('', 'text in quotes has no end');
    } else if (text[at] === '\\') at++;
    at++;
  }
  return Math.min(at, text.length);
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ') at++;
  return at;
}

/** @returns where the quote that begins the next text stands, or the end */
function startOfText(text: string, from: number): number {
  let at = from;
  while (at < text.length && !(text[at] === '"' && text[at - 1] === '=')) {
    at += text[at] === '\\' ? 2 : 1;
  }
  return Math.min(at, text.length);
}

/** @param from behind the quote that begins it. @returns where the quote that ends it stands, or the end */
function endOfText(text: string, from: number): number {
  return skipTo(text, '"', from);
}

function unescaped(text: string): string {
  return text.replace(/\\([,= "\\])/g, '$1');
}
