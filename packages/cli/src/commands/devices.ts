/** `fernsight devices`: which devices may write, and the tokens they do it with. */
import { formatTimestamp } from '@fernsight/base';
import type { DeviceToken } from '@fernsight/wire';
import { Command } from 'commander';
import { list } from '../argument.ts';
import type { Invocation } from '../invocation.ts';
import { addServerFlags, asked, clientOf } from '../server.ts';

export function devicesCommand({ env, stdout, stderr }: Invocation): Command {
  const print = new Command('list')
    .description('devices that have a token, or had one that was revoked')
    .action(async (_, self: Command) => {
      const client = clientOf(self, env);
      let cursor: string | undefined;
      do {
        const query = cursor === undefined ? {} : { cursor };
        const page = await asked(() => client.call('tokens', { query }));
        for (const token of page.tokens) stdout.write(`${lineOf(token)}\n`);
        cursor = page.next;
      } while (cursor !== undefined);
    });
  const add = new Command('add')
    .description('give a device a token; it is printed once')
    .argument('<device>')
    .option('--children <devices>', 'devices behind it, for which it writes: A,B,C', list)
    .action(async (device: string, { children }: { children?: string[] }, self: Command) => {
      const body = { device, ...(children === undefined ? {} : { children }) };
      const fresh = await asked(() => clientOf(self, env).call('addToken', { body }));
      stdout.write(`${fresh.token}\n`);
      // Apart from the token, which goes into a file: devices add gw > gw.token
      for (const child of fresh.refusedChildren) stderr.write(`${child} belongs to another\n`);
    });
  const rotate = new Command('rotate')
    .description('give it another token; the old one works until the new one is used, or a day')
    .argument('<device>')
    .action(async (device: string, _, self: Command) => {
      const params = { device };
      const fresh = await asked(() => clientOf(self, env).call('rotateToken', { params }));
      stdout.write(`${fresh.token}\n`);
    });
  const revoke = new Command('revoke')
    .description('take its token away, at once')
    .argument('<device>')
    .action(async (device: string, _, self: Command) => {
      const params = { device };
      await asked(() => clientOf(self, env).call('revokeToken', { params }));
      stdout.write(`the token of ${device} is revoked\n`);
    });
  const commands = new Command('devices')
    .description('which devices may write, and the tokens they do it with')
    .addHelpText(
      'after',
      `
An API key with the scope admin is asked for. In open mode there are no tokens: any device may write.

Examples:
  fernsight devices add pump-3 --url https://server:8080 --key-file admin.key
  FERNSIGHT_KEY=fsk_... fernsight devices list`,
    );
  for (const command of [print, add, rotate, revoke]) commands.addCommand(addServerFlags(command));
  return commands;
}

function lineOf({ device, createdUs, usedUs, revokedUs, childCount }: DeviceToken): string {
  const state = revokedUs === null ? 'holds' : `revoked ${formatTimestamp(revokedUs)}`;
  const used = usedUs === null ? 'never used' : `used ${formatTimestamp(usedUs)}`;
  const behind = childCount === 0 ? '' : `  ${childCount} behind it`;
  return `${device}  ${state}  since ${formatTimestamp(createdUs)}  ${used}${behind}`;
}
