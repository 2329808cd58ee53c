/**
 * The door of the cloud. What a start waits for is the writer, which reads devices, series and the journal's rest: its
 * thread is started first, and the server (embedded.ts) is loaded meanwhile. So nothing heavy is imported here.
 */
import { US_PER_DAY, UsageFault } from '@fernsight/base';
import type { Desks } from './desks.ts';
import { openThreads } from './deskThreads.ts';
import type { Cloud, CloudOptions, InlineOptions } from './embedded.ts';
import { requirePort } from './http/port.ts';
import { completeSettings, type Settings } from './settings.ts';

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** Opens the data folder and listens. @throws UsageFault where it cannot */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { host = '127.0.0.1', open, port, log, threads = true } = options;
  if (open && !LOOPBACK.has(host)) {
    throw new UsageFault(`open mode serves this machine alone, not ${host}`, {
      op: 'cloud.start',
      hint: 'leave out --open, or --listen',
    });
  }
  await requirePort({ host, port });
  const settings = completeSettings(options.settings);
  const judging = judgingOf(options.dataDir, settings);
  const [desks, { serveCloud }] = await Promise.all([
    threads ? openThreads(judging, log) : openInline(options, settings),
    import('./embedded.ts'),
  ]);
  return serveCloud({ ...options, host }, settings, desks);
}

async function openInline(options: InlineOptions, settings: Settings): Promise<Desks> {
  const { clock, log, probe } = options;
  const desks = await import('./desks.ts');
  return desks.openInline(judgingOf(options.dataDir, settings), { clock, log, probe });
}

/** @returns how the writer judges */
export function judgingOf(dataDir: string, { budgetPerWeek, rawRetentionDays }: Settings) {
  return { dataDir, budgetPerWeek, rawRetentionUs: rawRetentionDays * US_PER_DAY };
}
