/** The flags of a command, made from the section of the settings that it speaks of. */
import { type Command, Option } from 'commander';
import type { TSchema } from 'typebox';
import { kebab } from './layers.ts';
import { leafOf, writeLeaf } from './leaf.ts';
import { type Loaded, loadSettings, type SectionName } from './load.ts';
import { Settings } from './schema.ts';

/**
 * Adds `--config` and one flag per setting of `section`. Secrets get `--x-file` only: a command line is read by anybody
 * on the machine.
 */
export function addSectionFlags(command: Command, section: SectionName): Command {
  command.option('--config <file>', 'YAML file with settings; flags and environment override it');
  for (const [key, schema] of Object.entries<TSchema>(Settings.properties[section].properties)) {
    command.addOption(flagOf(key, schema));
  }
  return command;
}

function flagOf(key: string, schema: TSchema): Option {
  const { as, default: value, description = '', enum: choices, secret, type } = leafOf(schema);
  const text =
    value === undefined ? description : `${description} (default: ${writeLeaf(schema, value)})`;
  if (secret === true) return new Option(`--${kebab(key)}-file <file>`, `file that holds ${text}`);
  if (type === 'boolean') return new Option(`--${kebab(key)}`, description);
  const kind = as ?? (choices === undefined ? (type ?? 'value') : choices.join('|'));
  return new Option(`--${kebab(key)} <${kind}>`, text);
}

/** @returns the settings a command runs with. @throws UsageFault */
export function settingsOf(
  command: Command,
  section: SectionName,
  env: Readonly<Record<string, string | undefined>>,
): Loaded {
  const given = command.opts<Record<string, unknown>>();
  const keys = Object.keys(Settings.properties[section].properties);
  const flags = Object.fromEntries(
    Object.entries(given).filter(([key]) =>
      keys.some((name) => key === name || key === `${name}File`),
    ),
  );
  const file = typeof given.config === 'string' ? given.config : undefined;
  return loadSettings({ file, env, flags: { [section]: flags } });
}
