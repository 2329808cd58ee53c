/** `fernsight models`: the models of a server, trained, compared, chosen, rolled back; and the key they are signed with. */
import { readFileSync } from 'node:fs';
import { errorMessage, UsageFault } from '@fernsight/base';
import { Command } from 'commander';
import type { Invocation } from '../invocation.ts';
import { compareCommand } from '../model/compare.ts';
import { driftCommand } from '../model/drift.ts';
import { rolloutCommand } from '../model/rollout.ts';
import { rotateKeyCommand } from '../model/rotateKey.ts';
import { scheduleCommand } from '../model/schedule.ts';
import { trainCommand } from '../model/train.ts';
import { findModel, lineOf, SHIPPED } from '../model/version.ts';
import { addServerFlags, asked, clientOf } from '../server.ts';

export function modelsCommand(invocation: Invocation): Command {
  const commands = new Command('models')
    .description('the models of a server: train, list, compare, choose, roll back')
    .addHelpText(
      'after',
      `
Agents are told which model is chosen, try it beside what they run for 500 readings, and take it or refuse it; the server
changes over within ten minutes. An API key with the scope operator is asked for; a server in open mode needs none.

Examples:
  fernsight models train temperature
  fernsight models compare 3f9ac02b71de
  fernsight models activate 3f9ac02b71de --url https://server:8080 --key-file operator.key`,
    );
  const all = [
    listCommand(invocation),
    trainCommand(invocation),
    uploadCommand(invocation),
    compareCommand(invocation),
    activateCommand(invocation),
    rollbackCommand(invocation),
    rolloutCommand(invocation),
    driftCommand(invocation),
    scheduleCommand(invocation),
    rotateKeyCommand(invocation),
  ];
  for (const command of all) commands.addCommand(addServerFlags(command));
  return commands;
}

function listCommand({ env, stdout }: Invocation): Command {
  return new Command('list')
    .description(
      'the models there are, newest first; an asterisk stands before those that are chosen',
    )
    .addHelpText('after', '\nExample:\n  fernsight models list')
    .action(async (_, self: Command) => {
      const { models } = await asked(() => clientOf(self, env).call('models', {}));
      for (const model of models) stdout.write(`${lineOf(model)}\n`);
    });
}

function uploadCommand({ env, stdout }: Invocation): Command {
  return new Command('upload')
    .description('add a model that was trained elsewhere; it is chosen for nothing yet')
    .argument('<file>', 'as fernsight train writes it')
    .addHelpText('after', '\nExample:\n  fernsight models upload pressure.fern')
    .action(async (path: string, _, self: Command) => {
      const body = { bytes: readModel(path).toString('base64') };
      const model = await asked(() => clientOf(self, env).call('uploadModel', { body }));
      stdout.write(`${lineOf(model)}\n`);
    });
}

function activateCommand({ env, stdout }: Invocation): Command {
  return new Command('activate')
    .description('choose the model of its sensor type; every reply to an agent names it')
    .argument('<model>', 'its hash, or the beginning of it')
    .addHelpText('after', '\nExample:\n  fernsight models activate 3f9ac02b71de')
    .action(async (short: string, _, self: Command) => {
      const client = clientOf(self, env);
      const { models } = await asked(() => client.call('models', {}));
      const { hash, sensorType } = findModel(short, models);
      await asked(() => client.call('activateModel', { params: { hash } }));
      stdout.write(`${sensorType}: ${hash}\n`);
    });
}

function rollbackCommand({ env, stdout }: Invocation): Command {
  return new Command('rollback')
    .description('choose again what was chosen before, in the end what Fernsight ships with')
    .argument('<type>', 'the sensor type: temperature')
    .addHelpText('after', '\nExample:\n  fernsight models rollback temperature')
    .action(async (sensorType: string, _, self: Command) => {
      const params = { sensorType };
      const { hash } = await asked(() => clientOf(self, env).call('rollBackModel', { params }));
      stdout.write(`${sensorType}: ${hash ?? SHIPPED}\n`);
    });
}

/** @throws UsageFault */
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
