/** The routes of jobs and storage. */
import type { Clock } from '@fernsight/base';
import type { StorageReply } from '@fernsight/wire';
import type { Answers } from '../http/answer.ts';
import { RequestFault } from '../ingest/requestFault.ts';
import type { Head } from '../live/head.ts';
import type { Forecast } from '../scheduler/forecast.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { Keep } from '../store/store.ts';
import type { Desk } from '../stream/desk.ts';
import type { WriterCalls } from '../stream/writer.ts';

export interface StorageOptions {
  readonly scheduler: Scheduler;
  readonly forecast: Forecast;
  readonly writer: Desk<WriterCalls>;
  readonly head: Head;
  readonly clock: Clock;
  readonly keep: () => Keep;
}

export function storageAnswers(options: StorageOptions): Answers {
  const { scheduler } = options;
  return {
    jobs: () => ({ status: 200, body: { jobs: scheduler.list() } }),
    runJob: ({ params }) => {
      const job = params.job ?? '';
      const result = scheduler.start(job);
      if (result === 'started') return { status: 202, body: { status: 'started' } };
      if (result === 'busy') throw new RequestFault(409, `the job ${job} runs already`);
      throw new RequestFault(404, `there is no job ${job}`, {
        hint: 'GET /api/v1/jobs lists them',
      });
    },
    storage: async () => ({ status: 200, body: await storage(options) }),
  };
}

async function storage({
  writer,
  head,
  clock,
  keep,
  forecast,
}: StorageOptions): Promise<StorageReply> {
  const usage = await writer.ask('usage', null);
  const kept = keep();
  const { readingCount } = head;
  const bytesPerDay = forecast.bytesPerDay();
  return {
    bytes: usage.bytes,
    bytesMax: Math.floor(kept.bytesMax),
    readingCount,
    ...(usage.oldestUs === undefined ? {} : { oldestUs: usage.oldestUs }),
    ...(readingCount === 0 ? {} : { bytesPerReading: usage.bytes / readingCount }),
    ...(bytesPerDay === undefined ? {} : { bytesPerDay }),
    fullInDays: forecast.fullInDays(usage, kept, clock.nowUs()),
    evicted: usage.evicted,
    damaged: usage.damaged,
    rawRetentionDays: kept.rawDays,
    minuteRetentionDays: kept.minuteDays,
    hourRetentionDays: kept.hourDays,
  };
}
