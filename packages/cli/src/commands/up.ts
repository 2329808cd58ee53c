/** `fernsight up`: the cloud on this machine, in one process. */
import { makeFolder } from '@fernsight/base';
import { Command } from 'commander';

import type { Invocation } from '../invocation.ts';
import { openLog } from '../logging.ts';
import { addSectionFlags, settingsOf } from '../settings/flags.ts';

export function upCommand(invocation: Invocation): Command {
  const command = new Command('up')
    .description('run the cloud on this machine: ingest, judge, store, page')
    .addHelpText(
      'after',
      `
Every flag is also a setting: cloud.port in YAML, FERNSIGHT__CLOUD__PORT in the environment.

Examples:
  fernsight up --open
  fernsight up --port 9000 --data-dir /var/lib/fernsight --config server.yaml`,
    )
    .action((_, self: Command) => up(self, invocation));
  return addSectionFlags(command, 'cloud');
}

async function up(command: Command, invocation: Invocation): Promise<void> {
  const { clock, rng, signal, stdout, stderr } = invocation;
  const { settings } = await settingsOf(command, 'cloud', invocation.env);
  const { listen, ...options } = settings.cloud;
  makeFolder(options.dataDir);
  const { startCloud } = await import('@fernsight/cloud');
  const log = openLog(settings.log.level, stderr);
  const cloud = await startCloud({ ...options, host: listen, clock, rng, log });
  stdout.write(`Fernsight is up: ${cloud.url} (data in ${options.dataDir}; Ctrl-C ends it)\n`);
  await cloud.run(signal);
}
