/**
 * The program: its commands, and what its errors look like. A command's own file is light and always loaded; what it
 * works with it imports when it runs, so that an agent does not carry a server.
 */
import { readFileSync } from 'node:fs';
import { assert, errorMessage, Fault, UsageFault } from '@fernsight/base';
import { Command, CommanderError } from 'commander';
import { accessCommand } from './commands/access.ts';
import { agentCommand } from './commands/agent.ts';
import { backupCommand, restoreCommand } from './commands/backup.ts';
import { bufferCommand } from './commands/buffer.ts';
import { configCommand } from './commands/config.ts';
import { demoCommand } from './commands/demo.ts';
import { devicesCommand } from './commands/devices.ts';
import { doctorCommand } from './commands/doctor.ts';
import { edgeCommand } from './commands/edge.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { exportCommand } from './commands/export.ts';
import { generateCommand } from './commands/generate.ts';
import { modelsCommand } from './commands/model.ts';
import { scoreCommand } from './commands/score.ts';
import { trainCommand } from './commands/train.ts';
import { upCommand } from './commands/up.ts';
import type { Invocation } from './invocation.ts';

/** Codes that shells and service managers see. */
const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/**
 * Runs one command line.
 * @param args without the interpreter and the script
 * @returns the exit code; bugs of ours are thrown
 */
export async function runProgram(args: readonly string[], invocation: Invocation): Promise<number> {
  try {
    await buildProgram(invocation).parseAsync([...args], { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (!(error instanceof Fault)) throw error;
    invocation.stderr.write(`fernsight: ${oneLine(error)}\n`);
    return error instanceof UsageFault ? EXIT.usage : EXIT.failed;
  }
}

function buildProgram(invocation: Invocation): Command {
  const program = new Command('fernsight')
    .enablePositionalOptions()
    .version(versionOf(new URL('../package.json', import.meta.url)))
    .description(
      'Watches fleets of sensors: agents that judge every reading, a cloud that stores and shows them.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  fernsight demo\n  fernsight score readings.csv --out verdicts.csv',
    );
  const commands = [
    demoCommand(invocation),
    upCommand(invocation),
    edgeCommand(invocation),
    bufferCommand(invocation),
    generateCommand(invocation),
    scoreCommand(invocation),
    trainCommand(invocation),
    evaluateCommand(invocation),
    doctorCommand(invocation),
    backupCommand(invocation),
    restoreCommand(invocation),
    exportCommand(invocation),
    devicesCommand(invocation),
    modelsCommand(invocation),
    accessCommand(invocation),
    agentCommand(invocation),
    configCommand(invocation),
  ];
  for (const command of commands) program.addCommand(command);
  configure(program, invocation);
  return program;
}

/** The package's description lies beside `src` and beside `dist` alike. */
function versionOf(file: URL): string {
  const card: unknown = JSON.parse(readFileSync(file, 'utf8'));
  assert(typeof card === 'object' && card !== null && 'version' in card, 'a package has a version');
  return String(card.version);
}

/** Commander's settings are not inherited by commands that are added, so each gets them. */
function configure(command: Command, invocation: Invocation): void {
  command
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => void invocation.stdout.write(text),
      writeErr: (text) => void invocation.stderr.write(text),
      outputError: (text, write) =>
        write(
          `fernsight: ${oneLineText(text.replace(/^error: /, ''))}; see "${pathOf(command)} --help"\n`,
        ),
    });
  for (const child of command.commands) configure(child, invocation);
}

/** @returns the words that call a command: `fernsight buffer export` */
function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

function oneLine(fault: Fault): string {
  const text = errorMessage(fault);
  return oneLineText(fault.hint === undefined ? text : `${text.replace(/\.$/, '')}: ${fault.hint}`);
}

/** A message may quote what a file holds; what would steer the terminal is left out. */
function oneLineText(text: string): string {
  return text
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\p{Cc}/gu, '');
}
