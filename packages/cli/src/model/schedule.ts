/** `fernsight models schedule`: which sensor types are trained again by themselves, and when. */
import { formatTimestamp, UsageFault } from '@fernsight/base';
import type { RetrainingsReply } from '@fernsight/wire';
import { Command } from 'commander';
import type { Invocation } from '../invocation.ts';
import { asked, clientOf } from '../server.ts';

interface Flags {
  readonly times?: string;
  readonly activate?: boolean;
  readonly whenMoved?: boolean;
  readonly off?: boolean;
}

export function scheduleCommand({ env, stdout }: Invocation): Command {
  return new Command('schedule')
    .description('list the time-tables of trainings, or set one')
    .argument('[type]', 'a sensor type: temperature')
    .option('--times <cron>', 'when it is trained, UTC, as five fields of a cron table')
    .option('--activate', 'choose what comes of it where it is not worse than what is chosen')
    .option('--when-moved', 'only while a series of the type has drifted')
    .option('--off', 'train it by hand only')
    .addHelpText(
      'after',
      `
Examples:
  fernsight models schedule
  fernsight models schedule temperature --times "0 3 * * 0" --activate --when-moved
  fernsight models schedule temperature --off`,
    )
    .action(async (sensorType: string | undefined, flags: Flags, self: Command) => {
      const client = clientOf(self, env);
      const isChanged = isChange(flags);
      if (sensorType === undefined && isChanged) {
        throw new UsageFault('it is not said of which sensor type', {
          op: 'models.schedule',
          hint: 'write it after schedule: fernsight models schedule temperature',
        });
      }
      if (sensorType === undefined || !isChanged) {
        const { retrainings } = await asked(() => client.call('retrainings', {}));
        const shown = retrainings.filter(
          (one) => (sensorType ?? one.sensorType) === one.sensorType,
        );
        for (const one of shown) stdout.write(`${lineOf(one)}\n`);
        if (shown.length === 0) stdout.write('nothing is trained by itself\n');
        return;
      }
      const params = { sensorType };
      if (flags.off === true) {
        await asked(() => client.call('removeRetraining', { params }));
        stdout.write(`${sensorType}  is trained by hand only\n`);
        return;
      }
      const { activate: activates = false, whenMoved: onlyWhenMoved = false } = flags;
      const body = { times: timesOf(flags), activates, onlyWhenMoved };
      await asked(() => client.call('setRetraining', { params, body }));
      const { retrainings } = await asked(() => client.call('retrainings', {}));
      const set = retrainings.find((one) => one.sensorType === sensorType);
      if (set !== undefined) stdout.write(`${lineOf(set)}\n`);
    });
}

function isChange({ times, activate, whenMoved, off }: Flags): boolean {
  return [times, activate, whenMoved, off].some((flag) => flag !== undefined);
}

function timesOf({ times }: Flags): string {
  if (times !== undefined) return times;
  throw new UsageFault('it is not said when', {
    op: 'models.schedule',
    hint: 'add --times "0 3 * * 0" for each Sunday at three',
  });
}

function lineOf(one: RetrainingsReply['retrainings'][number]): string {
  const { sensorType, times, activates, onlyWhenMoved, nextUs, last } = one;
  const parts = [
    sensorType,
    times,
    activates ? 'chosen where not worse' : 'chosen by hand',
    ...(onlyWhenMoved === true ? ['when moved'] : []),
    ...(nextUs === null ? [] : [`next ${formatTimestamp(nextUs)}`]),
    ...(last == null ? [] : [`last ${formatTimestamp(last.atUs)}: ${last.outcome}`]),
  ];
  return parts.join('  ');
}
