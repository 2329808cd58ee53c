/** `fernsight config`: the effective settings, and where each value came from. */
import { Command } from 'commander';
import type { Invocation } from '../invocation.ts';
import { addSectionFlags, settingsOf } from '../settings/flags.ts';

export function configCommand({ env, stdout }: Invocation): Command {
  const command = new Command('config')
    .description('print the effective settings, secrets masked, and where each value came from')
    .addHelpText(
      'after',
      `
The output is YAML and serves as a configuration file. Weakest first: defaults, the file, the environment, flags.

Examples:
  fernsight config up --config server.yaml --port 9000
  FERNSIGHT__EDGE__DEVICE_ID=edge-002 fernsight config edge`,
    );
  for (const [name, section] of [
    ['up', 'cloud'],
    ['edge', 'edge'],
  ] as const) {
    const settings = new Command(name)
      .description(`the settings that "fernsight ${name}" with the same flags runs with`)
      .action(async (_, self: Command) => {
        const { printSettings } = await import('../settings/print.ts');
        stdout.write(printSettings(await settingsOf(self, section, env)));
      });
    command.addCommand(addSectionFlags(settings, section));
  }
  return command;
}
