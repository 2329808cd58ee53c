/** `fernsight models rollout`: who runs what, who tries, who refused and why. */
import { formatTimestamp } from '@fernsight/base';
import type { Carrier } from '@fernsight/wire';
import { Command } from 'commander';
import type { Invocation } from '../invocation.ts';
import { asked, clientOf } from '../server.ts';
import { shortOf } from './version.ts';

export function rolloutCommand({ env, stdout }: Invocation): Command {
  return new Command('rollout')
    .description('which model is chosen, and which agent runs, tries or refused which')
    .argument('[type]', 'of this sensor type alone: temperature')
    .addHelpText(
      'after',
      `
An agent that is not listed has not been heard since the server's start. "server" is the server itself, for the series
that it judges.

Example:
  fernsight models rollout temperature`,
    )
    .action(async (wanted: string | undefined, _, self: Command) => {
      const reply = await asked(() => clientOf(self, env).call('rollout', {}));
      const isWanted = ({ sensorType }: { readonly sensorType: string }) =>
        wanted === undefined || sensorType === wanted;
      for (const { sensorType, hash } of reply.chosen.filter(isWanted)) {
        stdout.write(`${sensorType}  ${shortOf(hash)} is chosen\n`);
      }
      for (const carrier of reply.carriers.filter(isWanted)) stdout.write(`${lineOf(carrier)}\n`);
      for (const { agent, fingerprint, origin } of reply.keys) {
        stdout.write(`${agent} trusts key ${fingerprint} (${origin})\n`);
      }
    });
}

function lineOf(carrier: Carrier): string {
  const { agent, sensorType, running, trial, refused, waitingCount = 0, reportedUs } = carrier;
  const parts = [
    sensorType,
    agent ?? 'server',
    `runs ${shortOf(running)}`,
    trial === null ? '' : `tries ${shortOf(trial.hash)}: ${trial.readings} of ${trial.of} readings`,
    refused === null ? '' : `refused ${shortOf(refused.hash)}: ${refused.reason}`,
    waitingCount === 0 ? '' : `${waitingCount} series wait`,
    `as of ${formatTimestamp(reportedUs)}`,
  ];
  return parts.filter((part) => part !== '').join('  ');
}
