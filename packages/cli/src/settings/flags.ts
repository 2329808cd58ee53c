/** The flags of a command, made from the section of the settings that it speaks of. */
import { type Command, Option } from 'commander';
import { kebab } from './layers.ts';
import type { Leaf, LeafGroup } from './leaf.ts';
import { type Loaded, loadSettings } from './load.ts';
import { type SectionName, sections } from './schema.ts';

/**
 * Adds `--config`, `--log-level` and one flag per setting of `section`, or of `keys` alone. Secrets get `--x-file` only: a command line is
 * read by anybody on the machine.
 */
export function addSectionFlags<Section extends SectionName>(
  command: Command,
  section: Section,
  keys?: readonly (keyof (typeof sections)[Section] & string)[],
): Command {
  command.option(
    '--config <file>',
    'YAML file with settings; the environment and flags override it',
  );
  const wanted: readonly string[] | undefined = keys;
  for (const [key, leaf] of leavesOf(section)) {
    if (wanted?.includes(key) ?? true) command.addOption(flagOf(key, leaf));
  }
  return command.addOption(flagOf('logLevel', sections.log.level));
}

function flagOf(key: string, leaf: Leaf<unknown>): Option {
  const { description, placeholder, secret } = leaf;
  if (secret) return new Option(`--${kebab(key)}-file <file>`, `file that holds ${description}`);
  if (placeholder === '') return new Option(`--${kebab(key)}`, description);
  const standard = leaf.optional ? '' : String(leaf.write(leaf.default) ?? '');
  const shown = standard === '' ? '' : ` (default: ${standard})`;
  return new Option(`--${kebab(key)} <${placeholder}>`, description + shown);
}

function leavesOf(section: SectionName): [string, Leaf<unknown>][] {
  const leaves: LeafGroup = sections[section];
  return Object.entries(leaves);
}

/** @returns the settings a command runs with. @throws UsageFault */
export function settingsOf(
  command: Command,
  section: SectionName,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Loaded> {
  const given = new Map(Object.entries(command.opts<Record<string, unknown>>()));
  const config = given.get('config');
  const flags = leavesOf(section)
    .map(([key, { secret }]) => (secret ? `${key}File` : key))
    .map((name) => [name, given.get(name)]);
  return loadSettings({
    file: typeof config === 'string' ? config : undefined,
    env,
    flags: { [section]: Object.fromEntries(flags), log: { level: given.get('logLevel') } },
  });
}
