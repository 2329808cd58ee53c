/** `fernsight buffer`: an agent's outbox looked at, exported or emptied into the cloud. */
import { Fault, formatTimestamp, UsageFault } from '@fernsight/base';
import { Command } from 'commander';
import { quoteField } from '../csvField.ts';
import type { Invocation } from '../invocation.ts';
import { addSectionFlags, settingsOf } from '../settings/flags.ts';

const EXPORT_HEADER = 'device,sensor,timestamp,value,score,stage,anomaly,kind,count\n';
const BLOCK_ROWS = 1_000;

export function bufferCommand(invocation: Invocation): Command {
  const status = new Command('status')
    .description(
      'what waits for the cloud, and what became of the rest; works while the agent runs',
    )
    .addHelpText('after', '\nExamples:\n  fernsight buffer status --data-dir fernsight-edge')
    .action((_, self: Command) => printStatus(self, invocation));
  const toFile = new Command('export')
    .description('what waits for the cloud, as CSV; nothing is taken out')
    .option('--out <file>', 'where the rows go; - for standard output', '-')
    .addHelpText('after', '\nExamples:\n  fernsight buffer export --out waiting.csv')
    .action((_, self: Command) => exportRows(self, invocation));
  const drain = new Command('drain')
    .description('hand what waits over to the cloud, and end when it has it')
    .addHelpText('after', '\nExamples:\n  fernsight buffer drain --cloud-url http://server:8080')
    .action((_, self: Command) => drainOutbox(self, invocation));
  return new Command('buffer')
    .description("look at an agent's outbox, export it, or empty it into the cloud")
    .addCommand(addSectionFlags(status, 'edge', ['dataDir']))
    .addCommand(addSectionFlags(toFile, 'edge', ['dataDir']))
    .addCommand(
      addSectionFlags(drain, 'edge', ['dataDir', 'deviceId', 'cloudUrl', 'cloudCa', 'token']),
    )
    .addHelpText(
      'after',
      `
Examples:
  fernsight buffer status --data-dir fernsight-edge
  fernsight buffer export --out waiting.csv
  fernsight buffer drain --device-id edge-002 --cloud-url http://server:8080`,
    );
}

async function printStatus(command: Command, { env, stdout }: Invocation): Promise<void> {
  const { settings } = await settingsOf(command, 'edge', env);
  const { outboxOf } = await import('../agent/runAgent.ts');
  const { readOutboxStatus } = await import('@fernsight/edge');
  const view = readOutboxStatus(outboxOf(settings.edge));
  const { oldestUs, newestUs } = view;
  const since =
    oldestUs === undefined || newestUs === undefined ? '' : `, ${span(oldestUs, newestUs)}`;
  stdout.write(`${view.path}: ${(view.bytes / 1e6).toFixed(1)} MB\n`);
  stdout.write(`waiting    ${view.waiting}${since}\n`);
  for (const fate of ['delivered', 'thinned', 'dropped', 'rejected', 'lost'] as const) {
    stdout.write(`${fate.padEnd(10)} ${view[fate]}\n`);
  }
  if (view.interruptions !== undefined) {
    const { count, readingsMax } = view.interruptions;
    stdout.write(
      `the agent was cut short ${count} times; at most ${readingsMax} readings are missing from sources that cannot repeat\n`,
    );
  }
  if (view.refused > 0)
    stdout.write(`${view.refused} batches were refused by the cloud and are kept aside\n`);
}

function span(oldestUs: number, newestUs: number): string {
  return `from ${formatTimestamp(oldestUs)} to ${formatTimestamp(newestUs)}`;
}

async function exportRows(command: Command, { env, stdout }: Invocation): Promise<void> {
  const { settings } = await settingsOf(command, 'edge', env);
  const { outboxOf } = await import('../agent/runAgent.ts');
  const { exportOutbox } = await import('@fernsight/edge');
  const { writeOutput } = await import('../outputFile.ts');
  const path = outboxOf(settings.edge);
  async function* lines() {
    let block = EXPORT_HEADER;
    let rows = 0;
    for (const row of exportOutbox(path)) {
      const { device, sensor, tsUs, value, score, stage, anomaly, kind, count } = row;
      const names = `${quoteField(device)},${quoteField(sensor)},${formatTimestamp(tsUs)}`;
      block += `${names},${value},${score},${stage},${anomaly ? 1 : 0},${kind},${count}\n`;
      if (++rows % BLOCK_ROWS !== 0) continue;
      yield block;
      block = '';
    }
    yield block;
  }
  await writeOutput(command.opts<{ out: string }>().out, lines(), stdout);
}

async function drainOutbox(command: Command, invocation: Invocation): Promise<void> {
  const { settings } = await settingsOf(command, 'edge', invocation.env);
  if (settings.edge.cloudUrl === undefined) {
    throw new UsageFault('there is no cloud to drain into', {
      op: 'buffer.drain',
      hint: 'name it with --cloud-url http://host:port',
    });
  }
  const { runAgent } = await import('../agent/runAgent.ts');
  const how = { durationMs: undefined, reads: false, watch: false };
  const { waiting } = await runAgent(settings, how, invocation);
  if (waiting === 0) return;
  throw new Fault(`${waiting} readings still wait`, {
    op: 'buffer.drain',
    hint: 'they stay in the outbox; drain it again',
  });
}
