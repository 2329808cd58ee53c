/** `fernsight models`: the models of a server, trained, listed, chosen and rolled back. */
import { readFileSync } from 'node:fs';
import { errorMessage, formatTimestamp, UsageFault } from '@fernsight/base';
import type { Model, TrainingRun } from '@fernsight/wire';
import type { Client } from '@fernsight/wire/client';
import { Command } from 'commander';
import type { Invocation } from '../invocation.ts';
import { ProgressLine } from '../progressLine.ts';
import { addServerFlags, asked, clientOf } from '../server.ts';

/** How often a training is asked how far it is. */
const POLL_MS = 500;
/** Digits of a hash that people write; an abbreviation must fit one model alone. */
const SHORT_DIGITS = 12;

export function modelsCommand(invocation: Invocation): Command {
  const { env, stdout } = invocation;
  const print = new Command('list')
    .description(
      'the models there are, newest first; an asterisk stands before those that are chosen',
    )
    .action(async (_, self: Command) => {
      const { models } = await asked(() => clientOf(self, env).call('models', {}));
      for (const model of models) stdout.write(`${lineOf(model)}\n`);
    });
  const train = new Command('train')
    .description('train a model from the readings that the server has stored, and wait for it')
    .argument('<type>', 'the sensor type: temperature')
    .action((sensorType: string, _, self: Command) =>
      trainModel(sensorType, clientOf(self, env), invocation),
    );
  const upload = new Command('upload')
    .description('add a model that was trained elsewhere; it is chosen for nothing yet')
    .argument('<file>')
    .action(async (path: string, _, self: Command) => {
      const body = { bytes: readModel(path).toString('base64') };
      const model = await asked(() => clientOf(self, env).call('uploadModel', { body }));
      stdout.write(`${lineOf(model)}\n`);
    });
  const activate = new Command('activate')
    .description('choose the model of its sensor type; every reply to an agent names it')
    .argument('<hash>', 'its hash, or the beginning of it')
    .action(async (short: string, _, self: Command) => {
      const client = clientOf(self, env);
      const hash = await hashOf(short, client);
      const { sensorType } = await asked(() => client.call('activateModel', { params: { hash } }));
      stdout.write(`${sensorType}: ${hash}\n`);
    });
  const rollBack = new Command('roll-back')
    .description('choose again what was chosen before, in the end what Fernsight ships with')
    .argument('<type>', 'the sensor type: temperature')
    .action(async (sensorType: string, _, self: Command) => {
      const params = { sensorType };
      const { hash } = await asked(() => clientOf(self, env).call('rollBackModel', { params }));
      stdout.write(`${sensorType}: ${hash ?? 'what Fernsight ships with'}\n`);
    });
  const commands = new Command('models')
    .description('the models of a server: train, list, choose, roll back')
    .addHelpText(
      'after',
      `
Agents are told which model is chosen, try it beside what they run for 500 readings, and take it or refuse it; the server
changes over within ten minutes. An API key with the scope operator is asked for; a server in open mode needs none.

Examples:
  fernsight models train temperature
  fernsight models activate 3f9ac02b71de --url https://server:8080 --key-file operator.key`,
    );
  for (const command of [print, train, upload, activate, rollBack]) {
    commands.addCommand(addServerFlags(command));
  }
  return commands;
}

async function trainModel(
  sensorType: string,
  client: Client,
  { clock, signal, stdout, stderr }: Invocation,
): Promise<void> {
  const params = { sensorType };
  const { id } = await asked(() => client.call('trainModel', { params, body: {} }));
  const line = new ProgressLine(stderr, clock);
  while (!signal.aborted) {
    const { trainings } = await asked(() => client.call('trainings', {}));
    const run = trainings.find((one) => one.id === id);
    if (run?.state === 'running') {
      line.show(progressOf(run));
      await clock.sleep(POLL_MS, signal);
      continue;
    }
    line.end();
    if (run?.state !== 'done') {
      throw new UsageFault(
        `nothing came of the training: ${run?.error ?? 'the server forgot it'}`,
        {
          op: 'models.train',
        },
      );
    }
    stdout.write(`${run.hash}  ${progressOf(run)}\n`);
    return;
  }
}

/** @throws UsageFault unless exactly one model's hash begins so */
async function hashOf(short: string, client: Client): Promise<string> {
  const { models } = await asked(() => client.call('models', {}));
  const found = models.filter(({ hash }) => hash.startsWith(short.toLowerCase()));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only.hash;
  throw new UsageFault(
    `${found.length === 0 ? 'no' : 'more than one'} model begins with ${short}`,
    {
      op: 'models.activate',
      hint: 'fernsight models list',
    },
  );
}

function readModel(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new UsageFault(`cannot read ${path}: ${errorMessage(cause)}`, {
      op: 'models.upload',
      cause,
      hint: 'name a file that fernsight train wrote',
    });
  }
}

function progressOf({ seriesDone, seriesCount, readingCount, excludedCount }: TrainingRun): string {
  return `${seriesDone} of ${seriesCount} series, ${readingCount} readings, ${excludedCount} left out`;
}

function lineOf({ hash, sensorType, active, createdUs, report }: Model): string {
  const mark = active ? '*' : ' ';
  const what = `${report.seriesCount} series, ${report.rowCount} rows`;
  return `${mark} ${hash.slice(0, SHORT_DIGITS)}  ${sensorType}  ${formatTimestamp(createdUs)}  ${what}`;
}
