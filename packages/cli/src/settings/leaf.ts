/**
 * One setting: how it is read from text or YAML, how it is written, what it means. The same leaf gives the YAML key, the
 * name in the environment, the flag, the check and the documentation.
 *
 * These few readers stand where the schema library could: that costs 26 MB and 0.3 s, which an agent on a small gateway
 * pays for its whole life.
 */
import { readFileSync } from 'node:fs';
import { errorMessage, ParseFault } from '@fernsight/base';
import { suggestion } from './nearest.ts';
import { formatDuration, formatSize, parseDuration, parseSize, parseSpeed } from './unit.ts';

/** Shown in place of a secret; nothing of it, not even its length, is told. */
const MASK = '********';

export interface Leaf<Value> {
  readonly description: string;
  /** what stands in a flag's help for the value: `duration`; empty for a switch */
  readonly placeholder: string;
  /** undefined: there is none, and somebody has to set it unless it is `optional` */
  readonly default: Value | undefined;
  readonly optional: boolean;
  /** kept off every screen and command line */
  readonly secret: boolean;
  /**
   * @param raw text from a flag or the environment, or what a YAML file holds
   * @throws ParseFault that says what is wrong, and in its hint what to write
   */
  read(raw: unknown): Value;
  /** @returns a value that was read, as a person would write it; a secret's is masked */
  write(value: unknown): unknown;
}

interface About<Value> {
  readonly description: string;
  readonly default?: Value;
  readonly secret?: boolean;
}

/** What is read from a group of leaves. */
export type Values<Leaves> = {
  readonly [Key in keyof Leaves]: Leaves[Key] extends Leaf<infer Value> ? Value : never;
};

export function text(about: About<string> & { readonly like?: RegExp; readonly hint?: string }) {
  return leaf(about, 'text', {
    read(raw) {
      const value = typeof raw === 'number' ? String(raw) : raw;
      const fits = typeof value === 'string' && (about.like ?? /./).test(value);
      return fits ? value : refuse(raw, about.hint ?? 'write a text');
    },
  });
}

export function whole(about: About<number> & { readonly min: number; readonly max: number }) {
  const { min, max } = about;
  return leaf(about, 'number', {
    read(raw) {
      const value = numberIn(raw);
      const fits = Number.isInteger(value) && value >= min && value <= max;
      return fits ? value : refuse(raw, `write a whole number from ${min} to ${max}`);
    },
  });
}

/** finite, and where `above` is given above that */
export function decimal(about: About<number> & { readonly above?: number }) {
  const { above = Number.NEGATIVE_INFINITY } = about;
  return leaf(about, 'number', {
    read(raw) {
      const value = numberIn(raw);
      const bound = Number.isFinite(above) ? ` above ${above}` : '';
      return Number.isFinite(value) && value > above
        ? value
        : refuse(raw, `write a number${bound}`);
    },
  });
}

export function toggle(about: About<boolean>) {
  return leaf(about, '', {
    read(raw) {
      if (raw === true || raw === 'true') return true;
      return raw === false || raw === 'false' ? false : refuse(raw, 'write true or false');
    },
  });
}

export function choice<const Name extends string>(
  of: readonly Name[],
  about: About<NoInfer<Name>>,
) {
  return leaf<Name>(about, of.join('|'), {
    read: (raw) => of.find((name) => name === raw) ?? refuse(raw, suggestion(String(raw), of)),
  });
}

/** milliseconds, written `30s`; none is empty: what is done at no interval leaves time for nothing else */
export const duration = (about: About<number>) =>
  leaf(about, 'duration', {
    read(raw) {
      const ms = parseDuration(String(raw));
      return ms > 0 ? ms : refuse(raw, 'write 1ms or more');
    },
    write: (ms) => formatDuration(Number(ms)),
  });

/** bytes, written `512MB` */
export const size = (about: About<number>) =>
  leaf(about, 'size', {
    read: (raw) => parseSize(String(raw)),
    write: (bytes) => formatSize(Number(bytes)),
  });

/** a factor, written `60x` or `max` */
export const speed = (about: About<number | 'max'>) =>
  leaf<number | 'max'>(about, 'speed', {
    read: (raw) => parseSpeed(String(raw)),
    write: (factor) => (factor === 'max' ? factor : `${factor}x`),
  });

/** `a,b,c`, or a list in YAML */
export function names(about: About<readonly string[]>) {
  return leaf(about, 'a,b,c', {
    read(raw): readonly string[] {
      const items: unknown = typeof raw === 'string' ? raw.split(',') : raw;
      if (!Array.isArray(items)) refuse(raw, 'write names with commas between them');
      const trimmed = items.map((item) => String(item).trim());
      return trimmed.includes('') ? refuse(raw, 'write names with commas between them') : trimmed;
    },
  });
}

/** A list of entries, in YAML; elsewhere as JSON. */
export function list<Entry>(about: About<readonly Entry[]>, entry: Required<Codec<Entry>>) {
  return leaf(about, 'json', {
    read(raw): readonly Entry[] {
      const items: unknown = typeof raw === 'string' ? parseJson(raw) : raw;
      if (!Array.isArray(items)) refuse(raw, 'write a list');
      return items.map((item, index) => within(`entry ${index + 1}`, () => entry.read(item)));
    },
    write: (value) => (Array.isArray(value) ? value.map(entry.write) : value),
  });
}

/** @returns the leaf that may stay unset */
export function optional<Value>(of: Leaf<Value>): Leaf<Value | undefined> {
  return { ...of, optional: true };
}

/** @returns how maps with these keys and no others are read and written */
export function record<Leaves extends LeafGroup>(leaves: Leaves): Required<Codec<Values<Leaves>>> {
  return {
    read(raw) {
      const read = defaultsOf(leaves);
      for (const [key, part] of entriesOf(raw)) {
        const setting = readSetting(leaves, key, part);
        read.set(setting.key, setting.value);
      }
      const missing = Object.entries(leaves).find(
        ([key, leaf]) => !leaf.optional && read.get(key) === undefined,
      );
      if (missing !== undefined) fail(`"${missing[0]}" is missing`, missing[1].description);
      return Object.fromEntries(read) as Values<Leaves>;
    },
    write(value) {
      const set = [...entriesOf(value)].filter(([, part]) => part !== undefined);
      return Object.fromEntries(set.map(([key, part]) => [key, leaves[key]?.write(part)]));
    },
  };
}

function entriesOf(raw: unknown): Map<string, unknown> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) refuse(raw, 'write a map');
  return new Map(Object.entries(raw));
}

/** Leaves by key. */
export type LeafGroup = Readonly<Record<string, Leaf<unknown>>>;

/** @returns what each key stands at while nobody sets it */
export function defaultsOf(leaves: LeafGroup): Map<string, unknown> {
  return new Map(Object.entries(leaves).map(([key, leaf]) => [key, leaf.default]));
}

export interface Setting {
  readonly key: string;
  readonly value: unknown;
  /** the file that a secret came from */
  readonly file?: string;
}

/**
 * Reads one setting of a group. `tokenFile` sets the secret `token` to what stands in a file.
 * @throws ParseFault for an unknown key and for a value that does not fit
 */
export function readSetting(leaves: LeafGroup, key: string, raw: unknown): Setting {
  const leaf = leaves[key];
  if (leaf !== undefined) return { key, value: within(key, () => leaf.read(raw)) };
  const secretKey = key.replace(/File$/, '');
  const secret = leaves[secretKey];
  if (secret?.secret === true) {
    const file = String(raw);
    return { key: secretKey, value: within(key, () => secret.read(readSecret(file))), file };
  }
  fail(`there is no "${key}"`, suggestion(key, Object.keys(leaves)));
}

/** A secret's file may end in one line break, as editors and `kubectl create secret` leave it. */
function readSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    fail(`cannot read ${file}: ${errorMessage(error)}`, 'name a file that holds the secret');
  }
}

/** The words for an error are those of the innermost place; each place around it is put before them. */
function within<Value>(place: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ParseFault)) throw error;
    throw new ParseFault(`${place}: ${error.message}`, { op: error.op, hint: error.hint ?? '' });
  }
}

function leaf<Value>(about: About<Value>, placeholder: string, codec: Codec<Value>): Leaf<Value> {
  const { description, default: value, secret = false } = about;
  const { read, write = (written: unknown) => written } = codec;
  const leaf = { description, placeholder, default: value, secret, optional: false, read, write };
  if (!secret) return leaf;
  const readSecret = (raw: unknown) =>
    raw === MASK
      ? fail('this is a mask and no secret', 'write the secret, or name its file')
      : read(raw);
  return { ...leaf, read: readSecret, write: () => MASK };
}

interface Codec<Value> {
  readonly read: (raw: unknown) => Value;
  readonly write?: (value: unknown) => unknown;
}

function numberIn(raw: unknown): number {
  const isFilled = typeof raw === 'string' && raw.trim() !== '';
  return typeof raw === 'number' || isFilled ? Number(raw) : Number.NaN;
}

function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch (error) {
    fail(`${JSON.stringify(raw.slice(0, 60))} is not JSON: ${errorMessage(error)}`, 'write a list');
  }
}

function refuse(raw: unknown, hint: string): never {
  fail(`${JSON.stringify(raw)?.slice(0, 60) ?? String(raw)} does not fit`, hint);
}

function fail(message: string, hint: string): never {
  throw new ParseFault(message, { op: 'settings.read', hint });
}
