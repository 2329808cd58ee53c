/** `fernsight edge`: the agent that reads sensors, judges each reading and hands all of it over. */
import { Command, Option } from 'commander';
import { duration } from '../argument.ts';
import type { Invocation } from '../invocation.ts';
import { addSectionFlags, settingsOf } from '../settings/flags.ts';

export function edgeCommand(invocation: Invocation): Command {
  const command = new Command('edge')
    .description('run an agent: read sensors, judge every reading, keep it until the cloud has it')
    .addOption(
      new Option('--duration <duration>', 'end by itself after, for instance, 2m').argParser(
        duration,
      ),
    )
    .option('--watch', 'show values, verdicts and the outbox on one screen')
    .addHelpText(
      'after',
      `
The agent starts and runs with the cloud down or unknown, for ever. Killed and started again on the same file and data
folder it loses and doubles nothing. Every flag is also a setting: edge.deviceId in YAML, FERNSIGHT__EDGE__DEVICE_ID in
the environment.

Examples:
  fernsight edge --device-id edge-002 --cloud-url http://server:8080 --sync-interval 30s
  fernsight edge --source csv --input pump.csv --value pressure --speed 60x --stamps now`,
    )
    .action(async (_, self: Command) => {
      const { settings } = await settingsOf(self, 'edge', invocation.env);
      const { duration: durationMs, watch = false } = self.opts<{
        duration?: number;
        watch?: true;
      }>();
      const { runAgent } = await import('../agent/runAgent.ts');
      await runAgent(settings, { durationMs, reads: true, watch }, invocation);
    });
  return addSectionFlags(command, 'edge');
}
