/**
 * The effective settings: defaults, overridden by a YAML file, by the environment, by flags. An unknown name is an error
 * that suggests the nearest; so is a value that does not fit. Nothing is defaulted in silence (I8).
 */
import { readFileSync } from 'node:fs';
import { errorMessage, ParseFault, UsageFault } from '@fernsight/base';
import { type Assignment, envLayer, envName, flagLayer } from './layers.ts';
import type { LeafGroup } from './leaf.ts';
import { suggestion } from './nearest.ts';
import { type SectionName, type Settings, sections } from './schema.ts';

export interface Loaded {
  readonly settings: Settings;
  /** `edge.deviceId` -> where its value came from */
  readonly origins: ReadonlyMap<string, string>;
}

export interface Layers {
  /** a YAML file */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** by section, as commander read them */
  readonly flags: Partial<Record<SectionName, Readonly<Record<string, unknown>>>>;
}

/** @throws UsageFault on the first thing that is wrong */
export async function loadSettings({ file, env, flags }: Layers): Promise<Loaded> {
  const tree = new Map(
    Object.entries(sections).map(([name, leaves]) => [name, defaultsOf(leaves)]),
  );
  const origins = new Map<string, string>();
  const assignments = [
    ...(file === undefined ? [] : (await import('./yamlLayer.ts')).yamlLayer(file)),
    ...envLayer(env),
    ...Object.entries(flags).flatMap(([section, given]) => flagLayer(section, given)),
  ];
  for (const assignment of assignments) {
    const { section } = assignment;
    const { key, value, origin } = resolve(assignment, leavesOf(assignment));
    tree.get(section)?.set(key, value);
    origins.set(`${section}.${key}`, origin);
  }
  const read = [...tree].map(([name, values]) => [name, Object.fromEntries(values)]);
  return { settings: Object.fromEntries(read) as Settings, origins };
}

function defaultsOf(leaves: LeafGroup): Map<string, unknown> {
  return new Map(Object.entries(leaves).map(([key, leaf]) => [key, leaf.default]));
}

function leavesOf({ section, origin }: Assignment): LeafGroup {
  const found = new Map<string, LeafGroup>(Object.entries(sections)).get(section);
  if (found !== undefined) return found;
  refuse(
    `${origin}: ${section} is no section of the settings`,
    suggestion(section, Object.keys(sections)),
  );
}

interface Resolved {
  readonly key: string;
  readonly value: unknown;
  readonly origin: string;
}

function resolve({ section, key, raw, origin }: Assignment, leaves: LeafGroup): Resolved {
  const leaf = leaves[key];
  if (leaf !== undefined) {
    const value = attempt(`${origin}: ${section}.${key}`, () => leaf.read(raw));
    return { key, value, origin };
  }
  const secret = key.endsWith('File') ? leaves[key.slice(0, -'File'.length)] : undefined;
  if (secret?.secret === true) {
    const path = String(raw);
    const value = attempt(`${origin}: ${path}`, () => secret.read(readSecret(path, origin)));
    return { key: key.slice(0, -'File'.length), value, origin: `${path}, named by ${origin}` };
  }
  const known = Object.keys(leaves);
  const isEnv = origin === envName(section, key);
  const hint = isEnv
    ? suggestion(
        origin,
        known.map((name) => envName(section, name)),
      )
    : suggestion(key, known);
  refuse(`${origin}: ${section}.${key} is no setting`, hint);
}

function attempt<Value>(place: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof ParseFault) refuse(`${place}: ${error.message}`, error.hint ?? '');
    throw error;
  }
}

/** A secret's file may end in one line break, as editors and `kubectl create secret` leave it. */
function readSecret(path: string, origin: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    refuse(
      `${origin}: cannot read ${path}: ${errorMessage(error)}`,
      'name a file that holds the secret',
    );
  }
}

function refuse(message: string, hint: string): never {
  throw new UsageFault(message, { op: 'settings.read', hint });
}
