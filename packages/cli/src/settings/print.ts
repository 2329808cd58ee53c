/** The effective settings as YAML that serves as a configuration file again, each with its origin beside it. */
import type { TSchema } from 'typebox';
import { stringify } from 'yaml';
import { leafOf, writeLeaf } from './leaf.ts';
import type { Loaded } from './load.ts';
import { Settings } from './schema.ts';

/** Shown in place of a secret; nothing of it, not even its length, is told. */
const MASK = '********';

/** @returns YAML; what is not set stands as a comment, so that the text is also the list of what there is */
export function printSettings({ settings, origins }: Loaded): string {
  const values = new Map<string, Readonly<Record<string, unknown>>>(Object.entries(settings));
  const sections = Object.entries(Settings.properties).map(([section, { properties }]) => {
    const lines = Object.entries<TSchema>(properties).map(([key, schema]) =>
      printSetting(
        key,
        { schema, value: values.get(section)?.[key] },
        origins.get(`${section}.${key}`),
      ),
    );
    return `${section}:\n${lines.join('')}`;
  });
  return sections.join('');
}

interface Valued {
  readonly schema: TSchema;
  readonly value: unknown;
}

function printSetting(key: string, { schema, value }: Valued, origin = 'default'): string {
  const { secret, description } = leafOf(schema);
  if (value === undefined) return `  # ${key}: not set; ${description}\n`;
  const written = secret === true ? MASK : writeLeaf(schema, value);
  const text = stringify({ [key]: written }).trimEnd();
  if (!text.includes('\n')) return `  ${text} # ${origin}\n`;
  return `  # ${origin}\n${text.replace(/^/gm, '  ')}\n`;
}
