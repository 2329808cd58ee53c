/** `fernsight models drift`: which series no longer look like what their model learned from. */
import { formatTimestamp, UsageFault } from '@fernsight/base';
import type { Drift } from '@fernsight/wire';
import type { Client } from '@fernsight/wire/client';
import { Command } from 'commander';
import type { Invocation } from '../invocation.ts';
import { asked, clientOf } from '../server.ts';
import { awaitRun } from './run.ts';
import { shortOf } from './version.ts';

const JOB = 'drift';

export function driftCommand(invocation: Invocation): Command {
  const command = new Command('drift')
    .description('how far series have moved from what their model learned from, most first')
    .argument('[type]', 'of this sensor type alone: temperature')
    .option('--measure', 'measure now, and wait for it; it is done once a day')
    .addHelpText(
      'after',
      `
PSI is the population stability index of what moved most: below 0.1 nothing has changed, above 0.25 it is time to train
again, unless the training's own series lay further apart.

Examples:
  fernsight models drift
  fernsight models drift temperature --measure`,
    )
    .action(async (wanted: string | undefined, { measure = false }: { measure?: boolean }) => {
      const client = clientOf(command, invocation.env);
      if (measure) await measureNow(client, invocation);
      const { drifts } = await asked(() => client.call('drift', {}));
      const shown = drifts.filter((one) => wanted === undefined || one.sensorType === wanted);
      for (const drift of shown) invocation.stdout.write(`${lineOf(drift)}\n`);
      if (shown.length === 0) invocation.stderr.write('nothing was measured yet: --measure\n');
    });
  return command;
}

async function measureNow(client: Client, invocation: Invocation): Promise<void> {
  const { stderr } = invocation;
  await asked(() => client.call('runJob', { params: { job: JOB } }));
  const ask = async (signal: AbortSignal) => {
    const { jobs } = await asked(() => client.call('jobs', { signal }));
    const job = jobs.find(({ name }) => name === JOB);
    if (job === undefined)
      throw new UsageFault('the server has no job drift', { op: 'models.drift' });
    const { running, failed, lastOutcome = '' } = job;
    const state = running ? 'running' : failed ? 'failed' : 'done';
    return { state, error: lastOutcome, outcome: lastOutcome } as const;
  };
  const run = await awaitRun('the measuring', { ask, progress: () => 'measuring' }, invocation);
  stderr.write(`${run.outcome}\n`);
}

function lineOf({ sentence, verdict, sensorType, feature, hash, measuredUs }: Drift): string {
  const parts = [
    verdict.padEnd('retrain'.length),
    sentence,
    `most of it in ${feature}`,
    `${sensorType} ${shortOf(hash)}`,
    formatTimestamp(measuredUs),
  ];
  return parts.join('  ');
}
