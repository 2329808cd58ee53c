/** `fernsight access reset`: the way back in for an administrator who lost the password. */
import { isName, UsageFault } from '@fernsight/base';
import { Command } from 'commander';
import type { Invocation } from '../invocation.ts';
import { addSectionFlags, settingsOf } from '../settings/flags.ts';

export function accessCommand(invocation: Invocation): Command {
  const reset = new Command('reset')
    .description('give an administrator a fresh password, on the machine of the server')
    .argument('[name]', 'who; made where there is none', 'admin')
    .addHelpText(
      'after',
      `
The password is printed once; change it after signing in. The server may run meanwhile.

Examples:
  fernsight access reset anna --data-dir /var/lib/fernsight`,
    )
    .action((name: string, _, self: Command) => resetPassword(name, self, invocation));
  return new Command('access')
    .description('who may sign in to the server on this machine')
    .addCommand(addSectionFlags(reset, 'cloud', ['dataDir']))
    .addHelpText('after', '\nExamples:\n  fernsight access reset anna');
}

async function resetPassword(
  name: string,
  command: Command,
  { env, stdout, clock }: Invocation,
): Promise<void> {
  if (!isName(name)) {
    throw new UsageFault(`${JSON.stringify(name)} is no name for a person`, {
      op: 'access.reset',
      hint: 'write 1 to 128 characters without a slash',
    });
  }
  const { settings } = await settingsOf(command, 'cloud', env);
  const { resetAdministrator } = await import('@fernsight/cloud');
  const { password, isNew } = await resetAdministrator(settings.cloud.dataDir, name, clock);
  const what = isNew
    ? `there was no ${name}: made, and may administer`
    : `${name} may administer; who was signed in as ${name} no longer is`;
  stdout.write(`${what}. Password: ${password}\n`);
}
