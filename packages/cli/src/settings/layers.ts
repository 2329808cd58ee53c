/**
 * Where settings come from, weakest first: a YAML file, the environment, flags. Each layer is a list of assignments that
 * remember their origin, for error messages and for `fernsight config`.
 *
 * One name in three spellings: `edge.deviceId` in YAML, `FERNSIGHT__EDGE__DEVICE_ID` in the environment, `--device-id`
 * on the command line.
 */
import { UsageFault } from '@fernsight/base';

export interface Assignment {
  readonly section: string;
  readonly key: string;
  readonly raw: unknown;
  /** `agent.yaml:3`, `FERNSIGHT__EDGE__TOKEN`, `--port` */
  readonly origin: string;
}

const ENV_PREFIX = 'FERNSIGHT__';

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
