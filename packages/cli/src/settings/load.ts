/**
 * The effective settings: defaults, overridden by a YAML file, by the environment, by flags. An unknown name is an error
 * that suggests the nearest; so is a value that does not fit. Nothing is defaulted in silence (I8).
 */
import { ParseFault, UsageFault } from '@fernsight/base';
import { type Assignment, envLayer, envName, flagLayer } from './layers.ts';
import { defaultsOf, type LeafGroup, readSetting } from './leaf.ts';
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
  const layers = [
    file === undefined ? [] : (await import('./yamlLayer.ts')).yamlLayer(file),
    envLayer(env, envNames()),
    Object.entries(flags).flatMap(([section, given]) => flagLayer(section, given)),
  ];
  for (const layer of layers) {
    const taken = new Map<string, string>();
    for (const assignment of layer) {
      const { key, value, origin } = resolve(assignment, leavesOf(assignment));
      const name = `${assignment.section}.${key}`;
      const other = taken.get(name);
      if (other !== undefined) refuse(`${name} is set twice`, `by ${other} and by ${origin}`);
      taken.set(name, origin);
      origins.set(name, origin);
      tree.get(assignment.section)?.set(key, value);
    }
  }
  const read = [...tree].map(([name, values]) => [name, Object.fromEntries(values)]);
  return { settings: Object.fromEntries(read) as Settings, origins };
}

/** @returns every name in the environment that is a setting */
function envNames(): string[] {
  return Object.entries<LeafGroup>(sections).flatMap(([section, leaves]) =>
    Object.entries(leaves).flatMap(([key, { secret }]) =>
      (secret ? [key, `${key}File`] : [key]).map((name) => envName(section, name)),
    ),
  );
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
  try {
    const { file, ...setting } = readSetting(leaves, key, raw);
    return { ...setting, origin: file === undefined ? origin : `${file}, named by ${origin}` };
  } catch (error) {
    if (!(error instanceof ParseFault)) throw error;
    refuse(`${origin}: ${section}: ${error.message}`, error.hint ?? '');
  }
}

function refuse(message: string, hint: string): never {
  throw new UsageFault(message, { op: 'settings.read', hint });
}
