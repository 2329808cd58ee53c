/** The effective settings as YAML that serves as a configuration file again, each with its origin beside it. */
import { stringify } from 'yaml';
import type { Leaf, LeafGroup } from './leaf.ts';
import type { Loaded } from './load.ts';
import { sections } from './schema.ts';

/**
 * @returns YAML; what is not set stands as a comment, so that the text is also the list of what there is, and so does a
 * secret, whose mask must not be taken for it
 */
export function printSettings({ settings, origins }: Loaded): string {
  const values = new Map<string, object>(Object.entries(settings));
  const groups = new Map<string, LeafGroup>(Object.entries(sections));
  const printed = [...groups].map(([section, leaves]) => {
    const set = new Map<string, unknown>(Object.entries(values.get(section) ?? {}));
    const lines = Object.entries(leaves).map(([key, leaf]) =>
      printSetting(key, { leaf, value: set.get(key) }, origins.get(`${section}.${key}`)),
    );
    return `${section}:\n${lines.join('')}`;
  });
  return printed.join('');
}

interface Valued {
  readonly leaf: Leaf<unknown>;
  readonly value: unknown;
}

function printSetting(key: string, { leaf, value }: Valued, origin = 'default'): string {
  if (value === undefined) return `  # ${key}: not set; ${leaf.description}\n`;
  const text = stringify({ [key]: leaf.write(value) }).trimEnd();
  if (leaf.secret) return `  # ${text} ${origin}\n`;
  if (!text.includes('\n')) return `  ${text} # ${origin}\n`;
  return `  # ${origin}\n${text.replace(/^/gm, '  ')}\n`;
}
