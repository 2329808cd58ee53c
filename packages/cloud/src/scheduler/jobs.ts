/** The jobs of the embedded cloud. Each works on the store in slices, between which readings are committed. */
import { statfsSync, statSync } from 'node:fs';
import type { Clock, Log } from '@fernsight/base';
import type { Settings } from '../settings.ts';
import { databasePathIn } from '../store/sqlite/folder.ts';
import { EVICTED, type Keep } from '../store/store.ts';
import type { Desk } from '../stream/desk.ts';
import type { UpkeepJob, WriterCalls } from '../stream/writer.ts';
import type { Forecast } from './forecast.ts';
import type { Job } from './scheduler.ts';

export interface UpkeepOptions {
  readonly writer: Desk<WriterCalls>;
  readonly clock: Clock;
  readonly keep: () => Keep;
  readonly forecast: Forecast;
  readonly log: Log;
}

/** Short tails, past days, what is too old; the times are spread so that they do not meet. */
export function upkeepJobs(options: UpkeepOptions): Job[] {
  return [
    { name: 'pack', times: '*/5 * * * * *', run: (signal) => work('pack', options, signal) },
    { name: 'fold', times: '0 20 * * * *', run: (signal) => work('fold', options, signal) },
    {
      name: 'retention',
      times: '30 */10 * * * *',
      run: (signal) => retain(options, signal),
    },
    { name: 'prune', times: '45 * * * * *', run: (signal) => work('prune', options, signal) },
  ];
}

/** What is in use after it is what the forecast goes by; what went for want of room is told. */
async function retain(options: UpkeepOptions, signal: AbortSignal): Promise<string> {
  const { writer, clock, forecast, log } = options;
  const before = await writer.ask('usage', null);
  const outcome = await work('retention', options, signal);
  const { bytes, evicted } = await writer.ask('usage', null);
  forecast.add(clock.nowUs(), bytes);
  const gone = EVICTED.map((what) => [what, evicted[what] - before.evicted[what]] as const);
  const told = gone.filter(([, count]) => count > 0);
  if (told.length === 0) return outcome;
  log.warn('the store is at its bound of bytes: the oldest was deleted', Object.fromEntries(told));
  return `${outcome}, for want of room ${told.map(([what, count]) => `${count} ${what}`).join(', ')}`;
}

async function work(
  job: UpkeepJob,
  { writer, clock, keep }: UpkeepOptions,
  signal: AbortSignal,
): Promise<string> {
  let sum = 0;
  for (;;) {
    const { done, more } = await writer.ask('upkeep', { job, nowUs: clock.nowUs(), keep: keep() });
    sum += done;
    if (!more || signal.aborted) return OUTCOMES[job](sum);
  }
}

const OUTCOMES: Readonly<Record<UpkeepJob, (done: number) => string>> = {
  pack: () => 'tails that are long or old are packed',
  fold: (done) => `${done} chunks folded into hours`,
  retention: (done) => `${done} rows deleted`,
  prune: (done) => `the history of ${done} silent devices deleted`,
};

/** Of what the volume has for the store, where no bound is given (I7). */
const ROOM_SHARE = 0.8;

/** @returns what is kept; where no bound of bytes is given it is of the room that there is now */
export function keepOf(settings: Settings, dataDir: string): Keep {
  const {
    rawRetentionDays: rawDays,
    minuteRetentionDays: minuteDays,
    hourRetentionDays: hourDays,
  } = settings;
  return {
    rawDays,
    minuteDays,
    hourDays,
    ...(settings.pruneDeletes ? { silentMs: settings.pruneAfterMs } : {}),
    bytesMax: settings.storeBytesMax ?? roomBytes(dataDir) * ROOM_SHARE,
  };
}

/**
 * The store's file, and what is free beside it: what others take of the volume is not ours. Deleting leaves pages to be
 * used again in a file that keeps its size, so that the bound does not run away from a store that makes room.
 */
function roomBytes(dataDir: string): number {
  const { bsize, bavail } = statfsSync(dataDir);
  const file = statSync(databasePathIn(dataDir), { throwIfNoEntry: false });
  return bsize * bavail + (file?.size ?? 0);
}
