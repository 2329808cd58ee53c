/**
 * One setting: a JSON schema with two words of our own. `as` says how a person writes the quantity; `secret` keeps its
 * value off every screen. The same leaf gives the YAML key, the name in the environment, the flag, the check and the
 * documentation.
 */
import { errorMessage, Fault, ParseFault } from '@fernsight/base';
import { type TSchema, Type } from 'typebox';
import { Check, Errors } from 'typebox/value';
import { parse as parseYaml } from 'yaml';
import {
  formatDuration,
  formatSize,
  formatSpeed,
  parseDuration,
  parseSize,
  parseSpeed,
} from './unit.ts';

export interface LeafOptions<Value> {
  readonly description: string;
  readonly default?: Value;
  readonly secret?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
}

const QUANTITIES = {
  duration: { parse: parseDuration, format: formatDuration },
  size: { parse: parseSize, format: formatSize },
  speed: { parse: parseSpeed, format: formatSpeed },
} as const;

/** milliseconds, written `30s` */
export const Duration = (options: LeafOptions<number>) =>
  Type.Integer({ minimum: 0, ...options, as: 'duration' });
/** bytes, written `512MB` */
export const Size = (options: LeafOptions<number>) =>
  Type.Integer({ minimum: 0, ...options, as: 'size' });
/** a factor, written `60x` or `max` */
export const Speed = (options: LeafOptions<number>) =>
  Type.Unsafe<number>({ ...options, as: 'speed' });

/** The parts of a leaf's schema that are read here. */
export interface Leaf {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly as?: keyof typeof QUANTITIES;
  readonly default?: unknown;
  readonly description?: string;
  readonly secret?: boolean;
  readonly items?: Leaf;
}

/** @returns the leaf behind a schema that has no properties of its own */
export function leafOf(schema: TSchema): Leaf {
  return schema as Leaf;
}

/**
 * @param raw text from a flag or the environment, or what a YAML file holds
 * @returns the setting's value in the program's units
 * @throws ParseFault that says what is wrong and how to write it
 */
export function readLeaf(schema: TSchema, raw: unknown): unknown {
  const value = convert(leafOf(schema), raw);
  if (Check(schema, value)) return value;
  const reason = Errors(schema, value)[0]?.message ?? 'is not valid';
  throw new ParseFault(`${shown(raw)} ${reason}`, { op: 'settings.parse', hint: wanted(schema) });
}

/** @returns the value as a person would write it */
export function writeLeaf(schema: TSchema, value: unknown): unknown {
  const quantity = leafOf(schema).as;
  return quantity !== undefined && typeof value === 'number'
    ? QUANTITIES[quantity].format(value)
    : value;
}

/** @returns what to write for this setting: `one of debug, info`, `a duration such as 30s` */
export function wanted(schema: TSchema): string {
  const leaf = leafOf(schema);
  if (leaf.enum !== undefined) return `write one of ${leaf.enum.join(', ')}`;
  if (leaf.as === 'duration') return 'write a duration such as 30s';
  if (leaf.as === 'size') return 'write a size such as 512MB';
  if (leaf.type === 'array') return 'write a list';
  return `write ${leaf.type === 'integer' ? 'a whole number' : `a ${leaf.type ?? 'value'}`}`;
}

function convert(leaf: Leaf, raw: unknown): unknown {
  if (leaf.as !== undefined) return QUANTITIES[leaf.as].parse(String(raw));
  if (typeof raw === 'number' && leaf.type === 'string') return String(raw);
  if (typeof raw !== 'string') return raw;
  switch (leaf.type) {
    case 'integer':
    case 'number':
      return raw.trim() === '' ? raw : Number(raw);
    case 'boolean':
      return raw === 'true' ? true : raw === 'false' ? false : raw;
    case 'array':
      return convertList(leaf, raw);
    default:
      return raw;
  }
}

/** `a,b,c` for plain items; anything richer is YAML, of which JSON is a part. */
function convertList(leaf: Leaf, raw: string): unknown {
  if (leaf.items?.type === 'string') return raw.split(',').map((item) => item.trim());
  try {
    return parseYaml(raw);
  } catch (error) {
    throw new ParseFault(`${shown(raw)} is not a list: ${errorMessage(error)}`, {
      op: 'settings.parse',
      hint: 'write JSON or YAML',
    });
  }
}

function shown(raw: unknown): string {
  return JSON.stringify(raw)?.slice(0, 60) ?? String(raw);
}

/** @returns message and hint of a fault as one clause */
export function clause(error: unknown): string {
  const hint = error instanceof Fault ? error.hint : undefined;
  return hint === undefined ? errorMessage(error) : `${errorMessage(error)} (${hint})`;
}
