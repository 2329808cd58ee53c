/** `fernsight models rotate-key`. */
import { createHash } from 'node:crypto';
import { Command } from 'commander';
import type { Invocation } from '../invocation.ts';
import { asked, clientOf } from '../server.ts';

/** As agents print the key that they trust: half of its SHA-256. */
const FINGERPRINT_DIGITS = 32;

export function rotateKeyCommand({ env, stdout }: Invocation): Command {
  return new Command('rotate-key')
    .description('make a new key that models are signed with, and sign all of them anew')
    .addHelpText(
      'after',
      `
The old key signs the new one, so that agents which trust the old one follow by themselves with the next model they fetch;
then the old one is gone. Make a backup afterwards: it holds the key. An API key with the scope admin is asked for.

Example:
  fernsight models rotate-key --key-file admin.key`,
    )
    .action(async (_, self: Command) => {
      const { publicKey, rotations } = await asked(() =>
        clientOf(self, env).call('rotateModelKey', {}),
      );
      const hash = createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex');
      const times = rotations.length === 1 ? 'the first change' : `change ${rotations.length}`;
      stdout.write(`key ${hash.slice(0, FINGERPRINT_DIGITS)} signs from now on (${times})\n`);
    });
}
