/** `fernsight doctor`: is this machine fit to run it, and what to do where it is not. */
import { Fault } from '@fernsight/base';
import { Command } from 'commander';
import { readCertificate, trustAuthority } from '../certificate.ts';
import type { Finding } from '../doctor/checkup.ts';
import type { Invocation } from '../invocation.ts';
import { loadSettings } from '../settings/load.ts';

interface DoctorFlags {
  readonly config?: string;
  readonly dataDir?: string;
  readonly port?: string;
  readonly cloudUrl?: string;
}

export function doctorCommand(invocation: Invocation): Command {
  return new Command('doctor')
    .description('check this machine: Node, SQLite, disk, port, clock, data folders, cloud')
    .option('--config <file>', 'YAML file with settings')
    .option('--data-dir <folder>', 'the data folder to check instead of those in the settings')
    .option('--port <port>', 'the port to check')
    .option('--cloud-url <url>', 'the cloud that an agent here shall reach')
    .addHelpText(
      'after',
      `
Exit code 1 where something has to be mended first.

Examples:
  fernsight doctor
  fernsight doctor --config agent.yaml --cloud-url http://server:8080`,
    )
    .action((flags: DoctorFlags) => examine(flags, invocation));
}

async function examine(flags: DoctorFlags, { env, clock, stdout }: Invocation): Promise<void> {
  const { dataDir, port, cloudUrl } = flags;
  const { settings } = await loadSettings({
    file: flags.config,
    env,
    flags: { cloud: { dataDir, port }, edge: { dataDir, cloudUrl } },
  });
  const { cloudCa } = settings.edge;
  if (cloudCa !== undefined) trustAuthority(readCertificate(cloudCa));
  const { checkUp } = await import('../doctor/checkup.ts');
  const findings = await checkUp({
    dataDirs: [...new Set([settings.cloud.dataDir, settings.edge.dataDir])],
    listen: settings.cloud.listen,
    port: settings.cloud.port,
    cloudUrl: settings.edge.cloudUrl,
    clock,
  });
  for (const finding of findings) stdout.write(`${lineOf(finding)}\n`);
  const failures = findings.filter(({ state }) => state === 'fail').length;
  if (failures === 0) return;
  throw new Fault(`${failures} of ${findings.length} checks failed`, {
    op: 'doctor',
    hint: 'see the lines above',
  });
}

function lineOf({ state, what, fix }: Finding): string {
  return `${state.padEnd(4)}  ${what}${fix === undefined ? '' : `; ${fix}`}`;
}
