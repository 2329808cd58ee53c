/** `fernsight config`: the effective settings, and where each value came from. */
import { Command } from 'commander';
import type { Invocation } from '../invocation.ts';
import { addSectionFlags, settingsOf } from '../settings/flags.ts';
import { type Loaded, loadSettings } from '../settings/load.ts';

export function configCommand({ env, stdout }: Invocation): Command {
  const print = async (loading: Promise<Loaded>) => {
    const { printSettings } = await import('../settings/print.ts');
    stdout.write(printSettings(await loading));
  };
  const command = new Command('config')
    .description('print the effective settings, secrets masked, and where each value came from')
    .enablePositionalOptions()
    .option('--config <file>', 'YAML file with settings')
    .addHelpText(
      'after',
      `
The output is YAML and serves as a configuration file; secrets are left out of it. Weakest first: defaults, the file,
the environment, flags.

Examples:
  fernsight config
  fernsight config up --config server.yaml --port 9000
  FERNSIGHT__EDGE__DEVICE_ID=edge-002 fernsight config edge`,
    )
    .action(({ config: file }: { config?: string }) =>
      print(loadSettings({ file, env, flags: {} })),
    );
  for (const [name, section] of [
    ['up', 'cloud'],
    ['edge', 'edge'],
  ] as const) {
    const settings = new Command(name)
      .description(`the settings that "fernsight ${name}" with the same flags runs with`)
      .addHelpText('after', `\nExamples:\n  fernsight config ${name} --config ${name}.yaml`)
      .action((_, self: Command) => print(settingsOf(self, section, env)));
    command.addCommand(addSectionFlags(settings, section));
  }
  return command;
}
