/**
 * The cloud without a socket and without threads, for simulation. Everything is loaded with this file, so that opening one
 * waits for its clock and for nothing else; and what a simulation reads of the store stands beside it.
 */
import { openInline } from './desks.ts';
import { type InlineCloud, type InlineOptions, serveInline } from './embedded.ts';
import { completeSettings } from './settings.ts';
import { judgingOf } from './start.ts';

export type { InlineCloud } from './embedded.ts';
export { SnapshotRows } from './store/sqlite/snapshotRows.ts';
export { MODELS_KEY } from './worker/deviceModels.ts';

/** Opens the data folder and listens nowhere. @throws UsageFault where it cannot */
export async function openInlineCloud(options: InlineOptions): Promise<InlineCloud> {
  const { clock, log, probe } = options;
  const settings = completeSettings(options.settings);
  const desks = openInline(judgingOf(options.dataDir, settings), { clock, log, probe });
  return serveInline(options, settings, desks);
}
