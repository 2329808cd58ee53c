/** `fernsight demo`: a cloud and a small plant on this machine, to look at. */
import { Command, Option } from 'commander';
import { count, duration, port as parsePort } from '../argument.ts';
import type { Invocation } from '../invocation.ts';

const PORT = 8080;

interface DemoFlags {
  readonly port: number;
  readonly dataDir?: string;
  readonly duration?: number;
  readonly seed?: number;
}

export function demoCommand(invocation: Invocation): Command {
  return new Command('demo')
    .description('run a cloud and a small plant on this machine: 6 agents and 20 plain devices')
    .option('--port <port>', 'the port of the page; 0: any that is free', parsePort, PORT)
    .option(
      '--data-dir <folder>',
      'keep the data here (default: a temporary folder, removed at the end)',
    )
    .addOption(
      new Option('--duration <duration>', 'end by itself after, for instance, 30s').argParser(
        duration,
      ),
    )
    .option('--seed <number>', 'the same plant and the same incidents each time', count)
    .addHelpText(
      'after',
      `
Every sensor sends an hour of history first, then goes on live. Spikes, drifts and dropouts are injected; the summary
at the end compares them with the alarms.

Examples:
  fernsight demo
  fernsight demo --port 9000 --duration 30s --seed 7`,
    )
    .action(async ({ port, dataDir, duration: durationMs, seed }: DemoFlags) => {
      const { runDemo } = await import('../demo/demo.ts');
      await runDemo({ port, dataDir, durationMs, seed }, invocation);
    });
}
