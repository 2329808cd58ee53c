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

/**
 * @param known every name that is a setting
 * @throws UsageFault for a name with our prefix that has no section, and for one that lacks an underscore
 */
export function envLayer(
  env: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): Assignment[] {
  const assignments: Assignment[] = [];
  const bare = (name: string) => name.replaceAll('_', '');
  for (const [name, raw] of Object.entries(env)) {
    const meant = name.startsWith('FERNSIGHT_')
      ? known.find((one) => bare(one) === bare(name))
      : name;
    if (meant !== undefined && meant !== name && raw !== undefined) {
      throw new UsageFault(`${name} in the environment names no setting`, {
        op: 'settings.read',
        hint: `did you mean "${meant}"?`,
      });
    }
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

/** `edge`, `deviceId` -> `FERNSIGHT__EDGE__DEVICE_ID` */
export function envName(section: string, key: string): string {
  return ENV_PREFIX + `${section}__${kebab(key).replaceAll('-', '_')}`.toUpperCase();
}

/** `deviceId` -> `device-id` */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
