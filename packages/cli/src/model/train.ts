/** `fernsight models train`. */
import type { TrainingRun } from '@fernsight/wire';
import { Command } from 'commander';
import type { Invocation } from '../invocation.ts';
import { asked, clientOf } from '../server.ts';
import { awaitRun } from './run.ts';

export function trainCommand(invocation: Invocation): Command {
  return new Command('train')
    .description('train a model from the readings that the server has stored, and wait for it')
    .argument('<type>', 'the sensor type: temperature')
    .addHelpText(
      'after',
      `
It learns from the last four weeks of every series of the type; what was marked anomalous, was suppressed or fell into
maintenance is left out. The model is chosen for nothing yet: see compare and activate.

Example:
  fernsight models train temperature`,
    )
    .action(async (sensorType: string, _, self: Command) => {
      const client = clientOf(self, invocation.env);
      const params = { sensorType };
      const { id } = await asked(() => client.call('trainModel', { params, body: {} }));
      const ask = async (signal: AbortSignal) => {
        const { trainings } = await asked(() => client.call('trainings', { signal }));
        return trainings.find((run) => run.id === id);
      };
      const run = await awaitRun('the training', { ask, progress: progressOf }, invocation);
      invocation.stdout.write(`${run.hash}  ${progressOf(run)}\n`);
    });
}

function progressOf({ seriesDone, seriesCount, readingCount, excludedCount }: TrainingRun): string {
  return `${seriesDone} of ${seriesCount} series, ${readingCount} readings, ${excludedCount} left out`;
}
