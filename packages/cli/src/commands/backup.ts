/** `fernsight backup` and `fernsight restore`: the store as a folder of its own, and back. */
import { Command } from 'commander';
import type { Invocation } from '../invocation.ts';
import { openLog } from '../logging.ts';
import { addSectionFlags, settingsOf } from '../settings/flags.ts';

export function backupCommand(invocation: Invocation): Command {
  const command = new Command('backup')
    .description(
      'copy the store into a new folder, whole and checked; the server may run meanwhile',
    )
    .requiredOption('--to <folder>', 'the folder to make')
    .addHelpText(
      'after',
      '\nExamples:\n  fernsight backup --data-dir fernsight-data --to backup-monday',
    )
    .action(async (_, self: Command) => {
      const { settings } = await settingsOf(self, 'cloud', invocation.env);
      const { backupFolder } = await import('@fernsight/cloud');
      const { to } = self.opts<{ to: string }>();
      const log = await openLog(settings.log.level, invocation.stderr);
      await backupFolder({ dataDir: settings.cloud.dataDir, to, log });
      invocation.stdout.write(`${settings.cloud.dataDir} is saved in ${to}\n`);
    });
  return addSectionFlags(command, 'cloud', ['dataDir']);
}

export function restoreCommand(invocation: Invocation): Command {
  const command = new Command('restore')
    .description('put a backup into a data folder that holds no store yet')
    .requiredOption('--from <folder>', 'the folder that backup made')
    .addHelpText(
      'after',
      '\nExamples:\n  fernsight restore --from backup-monday --data-dir fernsight-data',
    )
    .action(async (_, self: Command) => {
      const { settings } = await settingsOf(self, 'cloud', invocation.env);
      const { restoreFolder } = await import('@fernsight/cloud');
      const { from } = self.opts<{ from: string }>();
      const log = await openLog(settings.log.level, invocation.stderr);
      await restoreFolder({ from, dataDir: settings.cloud.dataDir, log });
      invocation.stdout.write(`${from} is restored into ${settings.cloud.dataDir}\n`);
    });
  return addSectionFlags(command, 'cloud', ['dataDir']);
}
