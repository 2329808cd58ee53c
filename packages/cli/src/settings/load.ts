/**
 * The effective settings: defaults, overridden by a YAML file, by the environment, by flags. An unknown name is an error
 * that suggests the nearest; so is a value that does not fit. Nothing is defaulted in silence (I8).
 */
import { readFileSync } from 'node:fs';
import { assert, errorMessage, UsageFault } from '@fernsight/base';
import type { TSchema } from 'typebox';
import { Check } from 'typebox/value';
import { type Assignment, envLayer, envName, flagLayer, yamlLayer } from './layers.ts';
import { clause, leafOf, readLeaf } from './leaf.ts';
import { suggestion } from './nearest.ts';
import { Settings } from './schema.ts';

/** Of which sections the flags of a command speak. */
export type SectionName = keyof typeof Settings.properties;

export interface Loaded {
  readonly settings: Settings;
  /** `edge.deviceId` -> where its value came from */
  readonly origins: ReadonlyMap<string, string>;
}

export interface Layers {
  /** a YAML file */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags: Partial<Record<SectionName, Readonly<Record<string, unknown>>>>;
}

/** @throws UsageFault on the first thing that is wrong */
export function loadSettings({ file, env, flags }: Layers): Loaded {
  const tree = new Map<string, Map<string, unknown>>();
  const origins = new Map<string, string>();
  for (const [section, { properties }] of Object.entries(Settings.properties)) {
    const defaults = Object.entries(properties).flatMap(([key, schema]) => {
      const value = leafOf(schema).default;
      return value === undefined ? [] : [[key, value] as const];
    });
    tree.set(section, new Map(defaults));
  }
  const assignments = [
    ...(file === undefined ? [] : yamlLayer(file)),
    ...envLayer(env),
    ...Object.entries(flags).flatMap(([section, given]) => flagLayer(section, given)),
  ];
  for (const assignment of assignments) {
    const { key, value, origin } = resolve(assignment);
    tree.get(assignment.section)?.set(key, value);
    origins.set(`${assignment.section}.${key}`, origin);
  }
  const settings = Object.fromEntries(
    [...tree].map(([name, map]) => [name, Object.fromEntries(map)]),
  );
  assert(Check(Settings, settings), 'settings whose parts fit, fit');
  return { settings, origins };
}

interface Resolved {
  readonly key: string;
  readonly value: unknown;
  readonly origin: string;
}

function resolve({ section, key, raw, origin }: Assignment): Resolved {
  const properties = propertiesOf(section, origin);
  const schema = properties[key];
  if (schema !== undefined)
    return { key, value: read(schema, raw, `${origin}: ${section}.${key}`), origin };
  const secret = key.endsWith('File') ? key.slice(0, -'File'.length) : '';
  const secretSchema = properties[secret];
  if (secretSchema !== undefined && leafOf(secretSchema).secret === true) {
    const path = String(raw);
    return {
      key: secret,
      value: read(secretSchema, readSecret(path, origin), `${path}: ${section}.${secret}`),
      origin: `${path}, named by ${origin}`,
    };
  }
  const names = Object.keys(properties);
  const inEnv = origin === envName(section, key);
  unknown(
    `${origin}: ${section}.${key} is no setting`,
    inEnv ? origin : key,
    inEnv ? names.map((name) => envName(section, name)) : names,
  );
}

function propertiesOf(section: string, origin: string): Readonly<Record<string, TSchema>> {
  const found = Object.entries(Settings.properties).find(([name]) => name === section);
  if (found !== undefined) return found[1].properties;
  unknown(
    `${origin}: ${section} is no section of the settings`,
    section,
    Object.keys(Settings.properties),
  );
}

function unknown(message: string, name: string, candidates: readonly string[]): never {
  throw new UsageFault(message, { op: 'settings.read', hint: suggestion(name, candidates) });
}

function read(schema: TSchema, raw: unknown, where: string): unknown {
  try {
    return readLeaf(schema, raw);
  } catch (error) {
    throw new UsageFault(`${where}: ${clause(error)}`, { op: 'settings.read', cause: error });
  }
}

/** A secret's file may end in one line break, as editors and `kubectl create secret` leave it. */
function readSecret(path: string, origin: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new UsageFault(`${origin}: cannot read the secret's file: ${errorMessage(error)}`, {
      op: 'settings.read',
      cause: error,
    });
  }
}
