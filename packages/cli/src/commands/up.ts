/** `fernsight up`: the cloud on this machine, in one process. */
import { hostname } from 'node:os';
import { makeFolder, UsageFault } from '@fernsight/base';
import type { CloudOptions } from '@fernsight/cloud';
import { Command } from 'commander';
import { readCertificate } from '../certificate.ts';
import type { Invocation } from '../invocation.ts';
import { openLog } from '../logging.ts';
import { addSectionFlags, settingsOf } from '../settings/flags.ts';
import type { Settings } from '../settings/schema.ts';

const DAY_MS = 86_400_000;

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
  const { clock, rng, stdout, stderr } = invocation;
  const signal = invocation.heedSignals();
  const { cloud, log: logging } = (await settingsOf(command, 'cloud', invocation.env)).settings;
  makeFolder(cloud.dataDir);
  const { startCloud } = await import('@fernsight/cloud');
  const server = await startCloud({
    dataDir: cloud.dataDir,
    host: cloud.listen,
    port: cloud.port,
    open: cloud.open,
    ...tlsOf(cloud),
    settings: {
      offlineAfterMs: cloud.offlineAfter,
      pruneAfterMs: cloud.pruneAfter,
      pruneDeletes: cloud.pruneDeletes,
      budgetPerWeek: cloud.budgetPerWeek,
      rawRetentionDays: cloud.rawRetention / DAY_MS,
      minuteRetentionDays: cloud.minuteRetention / DAY_MS,
      hourRetentionDays: cloud.hourRetention / DAY_MS,
      storeBytesMax: cloud.storeMax,
      backupDir: cloud.backupDir,
      backupTimes: cloud.backupTimes,
      backupsKept: cloud.backupsKept,
    },
    clock,
    rng,
    log: await openLog(logging.level, stderr),
  });
  const url = reachedAt(server.url, hostname());
  stdout.write(`Fernsight is up: ${url} (data in ${cloud.dataDir}; Ctrl-C ends it)\n`);
  const { setupToken } = server;
  if (setupToken !== undefined) {
    // The token stands behind a #, which browsers keep to themselves.
    stdout.write(`Nobody may sign in yet: ${url}/#/setup?token=${setupToken}\n`);
  }
  await server.run(signal);
}

/** @returns an address that a browser elsewhere can open, where a server listens on all of the machine's */
export function reachedAt(url: string, machine: string): string {
  return url.replace(/\/\/(?:0\.0\.0\.0|\[::\]):/, `//${machine}:`);
}

function tlsOf({ tlsCert, tlsKey }: Settings['cloud']): Pick<CloudOptions, 'tls'> {
  if (tlsCert === undefined && tlsKey === undefined) return {};
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new UsageFault('https needs a certificate and its key', {
      op: 'up.tls',
      hint: 'give both --tls-cert FILE and --tls-key FILE',
    });
  }
  return { tls: { cert: readCertificate(tlsCert), key: readCertificate(tlsKey) } };
}
