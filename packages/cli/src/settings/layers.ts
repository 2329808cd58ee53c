/**
 * Where settings come from, weakest first: a YAML file, the environment, flags. Each layer is a list of assignments that
 * remember their origin, for error messages and for `fernsight config`.
 *
 * One name in three spellings: `edge.deviceId` in YAML, `FERNSIGHT__EDGE__DEVICE_ID` in the environment, `--device-id`
 * on the command line.
 */
import { readFileSync } from 'node:fs';
import { errorMessage, UsageFault } from '@fernsight/base';
import { isMap, isScalar, LineCounter, type Pair, parseDocument } from 'yaml';

export interface Assignment {
  readonly section: string;
  readonly key: string;
  readonly raw: unknown;
  /** `agent.yaml:3`, `FERNSIGHT__EDGE__TOKEN`, `--port` */
  readonly origin: string;
}

const ENV_PREFIX = 'FERNSIGHT__';

/** @throws UsageFault where the file cannot be read or is not a map of maps */
export function yamlLayer(path: string): Assignment[] {
  const lines = new LineCounter();
  const document = parseDocument(readText(path), { lineCounter: lines });
  const fault = document.errors[0];
  if (fault !== undefined) refuse(`${path} is not YAML: ${fault.message.split('\n')[0]}`, path);
  if (document.contents === null) return [];
  const origin = (pair: Pair) => {
    const start = isScalar(pair.key) ? pair.key.range?.[0] : undefined;
    return start === undefined ? path : `${path}:${lines.linePos(start).line}`;
  };
  const assignments: Assignment[] = [];
  for (const section of pairsOf(document.contents, path)) {
    for (const pair of pairsOf(section.value, origin(section))) {
      const value: unknown = document.createNode(pair.value).toJS(document);
      assignments.push({
        section: String(section.key),
        key: String(pair.key),
        raw: value,
        origin: origin(pair),
      });
    }
  }
  return assignments;
}

function pairsOf(node: unknown, origin: string): readonly Pair[] {
  if (isMap(node)) return node.items;
  if (node === null || (isScalar(node) && node.value === null)) return [];
  refuse(`${origin}: a map of settings is expected here`, origin);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageFault(`cannot read ${path}: ${errorMessage(error)}`, {
      op: 'settings.read',
      hint: 'check the path and its permissions',
      cause: error,
    });
  }
}

function refuse(message: string, path: string): never {
  throw new UsageFault(message, {
    op: 'settings.read',
    hint: `${path.replace(/:\d+$/, '')} holds sections with settings, as "fernsight config" prints them`,
  });
}

/** @throws UsageFault for a name with our prefix that has no section */
export function envLayer(env: Readonly<Record<string, string | undefined>>): Assignment[] {
  const assignments: Assignment[] = [];
  for (const [name, raw] of Object.entries(env)) {
    if (!name.startsWith(ENV_PREFIX) || raw === undefined) continue;
    const [section, key, ...rest] = name.slice(ENV_PREFIX.length).split('__');
    if (section === undefined || key === undefined || rest.length > 0) {
      throw new UsageFault(`${name} in the environment names no setting`, {
        op: 'settings.read',
        hint: 'write FERNSIGHT__SECTION__KEY, for instance FERNSIGHT__EDGE__DEVICE_ID',
      });
    }
    assignments.push({ section: camel(section), key: camel(key), raw, origin: name });
  }
  return assignments;
}

/** @param flags what commander read for the flags of one section; undefined: not given */
export function flagLayer(section: string, flags: Readonly<Record<string, unknown>>): Assignment[] {
  return Object.entries(flags)
    .filter(([, raw]) => raw !== undefined)
    .map(([key, raw]) => ({ section, key, raw, origin: `--${kebab(key)}` }));
}

/** `DEVICE_ID` -> `deviceId` */
function camel(name: string): string {
  return name.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `deviceId` -> `device-id` */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `edge`, `deviceId` -> `FERNSIGHT__EDGE__DEVICE_ID` */
export function envName(section: string, key: string): string {
  return (
    ENV_PREFIX +
    [section, key]
      .map((name) => kebab(name).replaceAll('-', '_'))
      .join('__')
      .toUpperCase()
  );
}
