/**
 * `fernsight agent enrol`: exchanges a provisioning key for this device's own token, and writes what `fernsight edge`
 * needs beside its outbox: the token in a file of its own, and settings that name it and the key that models are checked with.
 */
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { errorMessage, makeFolder, UsageFault } from '@fernsight/base';
import { Command } from 'commander';
import { readCertificate, trustAuthority } from '../certificate.ts';
import type { Invocation } from '../invocation.ts';
import { asked, KEY_VARIABLE, openClient } from '../server.ts';
import { addSectionFlags, settingsOf } from '../settings/flags.ts';

const OWNER_ONLY = 0o600;

export function agentCommand(invocation: Invocation): Command {
  const enrol = new Command('enrol')
    .description("fetch this device's token, and the key that models are checked with")
    .argument('<url>', 'the cloud, http://host:port')
    .argument(
      '[key]',
      `a provisioning key; on a machine that others use leave it out and set ${KEY_VARIABLE}`,
    )
    .addHelpText(
      'after',
      `
Examples:
  fernsight agent enrol https://server:8080 fsk_... --device-id pump-3
  FERNSIGHT_KEY=$(cat provision.key) fernsight agent enrol https://server:8080
  fernsight edge --config fernsight-edge/enrolment.yaml`,
    )
    .action(() => fetchToken(enrol, invocation));
  return new Command('agent')
    .description('this device as an agent of a cloud')
    .addCommand(addSectionFlags(enrol, 'edge', ['deviceId', 'dataDir', 'cloudCa']))
    .addHelpText(
      'after',
      '\nExamples:\n  fernsight agent enrol https://server:8080 fsk_... --device-id pump-3',
    );
}

async function fetchToken(command: Command, { env, stdout }: Invocation): Promise<void> {
  const [url = '', key = env[KEY_VARIABLE]] = command.args;
  if (key === undefined) {
    throw new UsageFault('no provisioning key is given', {
      op: 'agent.enrol',
      hint: `write it after the address, or set ${KEY_VARIABLE}`,
    });
  }
  const { settings } = await settingsOf(command, 'edge', env);
  const { deviceId = hostname(), dataDir, cloudCa } = settings.edge;
  if (cloudCa !== undefined) trustAuthority(readCertificate(cloudCa));
  makeFolder(dataDir);
  const tokenFile = join(resolve(dataDir), 'token');
  const settingsFile = join(resolve(dataDir), 'enrolment.yaml');
  // A token is given once: that it can be written is tried before it is asked for.
  write(tokenFile, '');
  const body = { device: deviceId };
  const { token } = await asked(() => openClient(url, key).call('enrol', { body }));
  write(tokenFile, `${token}\n`);
  const { publicKey: modelKey } = await asked(() => openClient(url, token).call('modelKey', {}));
  const edge = {
    deviceId,
    cloudUrl: url,
    ...(cloudCa === undefined ? {} : { cloudCa: resolve(cloudCa) }),
    dataDir: resolve(dataDir),
    tokenFile,
    modelKey,
  };
  const { stringify } = await import('yaml');
  write(settingsFile, stringify({ edge }));
  stdout.write(`${deviceId} is enrolled. Start it: fernsight edge --config ${settingsFile}\n`);
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: OWNER_ONLY, flag: text === '' ? 'a' : 'w' });
  } catch (cause) {
    throw new UsageFault(`cannot write ${path}: ${errorMessage(cause)}`, {
      op: 'agent.enrol',
      cause,
      hint: 'give another folder with --data-dir',
    });
  }
}
