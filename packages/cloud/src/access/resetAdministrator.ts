/**
 * The way back in for an administrator who lost the password: whoever can write the data folder owns the server. It works
 * beside a running server, which notices at the next request.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, UsageFault } from '@fernsight/base';
import { PasswordHasher } from './password.ts';
import { drawSecret } from './secret.ts';

/**
 * Gives a person a fresh password and the role admin; makes the person where there is none. Their sessions end.
 * @returns the password, which is nowhere else, and whether there was no such person
 * @throws UsageFault where the folder is no server's, StorageFault
 */
export async function resetAdministrator(
  dataDir: string,
  name: string,
  clock: Clock,
): Promise<{ readonly password: string; readonly isNew: boolean }> {
  if (!existsSync(join(dataDir, 'access.db'))) {
    throw new UsageFault(`${dataDir} holds no server that asks for credentials`, {
      op: 'access.reset',
      hint: 'name its folder with --data-dir; a server that was never started is set up by its first start',
    });
  }
  // the package's door imports this file: a server that starts is not to wait for the schemas of the wire
  const { AccessRecords } = await import('./records.ts');
  const records = new AccessRecords(dataDir, clock);
  try {
    const secret = drawSecret('setup');
    const password = await new PasswordHasher().hash(secret);
    const person = { name, role: 'admin', password } as const;
    const isNew = records.people.find(name) === undefined;
    if (isNew) records.people.add(person, clock.nowUs());
    else records.people.change(person);
    records.audit.write({
      tsUs: clock.nowUs(),
      actor: 'console',
      address: '',
      action: 'reset an administrator',
      subject: name,
    });
    return { password: secret, isNew };
  } finally {
    records.close();
  }
}
