/**
 * The scheduler: jobs by name, each with a time-table, its last run and how it went, for people to see and to start by
 * hand. A job never runs twice at once; one that fails is logged, shown, and tried again at its next time.
 *
 * The loop is on the Clock; croner only says when a time-table's next time is. Nothing is made up for: a job whose time
 * passed while the server was down runs at its next one.
 */
import {
  type Clock,
  errorMessage,
  Fault,
  faultWords,
  formatTimestamp,
  type Log,
  US_PER_MS,
} from '@fernsight/base';
import type { Job as JobView } from '@fernsight/wire';
import { Cron } from 'croner';

export interface Job {
  readonly name: string;
  /** five or six fields, UTC; see croner */
  readonly times: string;
  /** @returns what came of it, in a few words */
  run(signal: AbortSignal): Promise<string>;
}

export interface SchedulerOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** hears of every run when it has ended */
  readonly onRun?: (job: string, failed: boolean, endUs: number) => void;
}

interface Planned {
  readonly job: Job;
  readonly cron: Cron;
  nextUs: number;
  lastStartUs?: number;
  lastEndUs?: number;
  lastOutcome?: string;
  failed: boolean;
  running: Promise<void> | undefined;
}

/** The loop looks at the clock this often at least: a wall clock that steps is noticed. */
const LOOK_MS = 1_000;

export class Scheduler {
  readonly #planned = new Map<string, Planned>();
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #onRun: SchedulerOptions['onRun'];
  readonly #stop = new AbortController();

  constructor(jobs: readonly Job[], { clock, log, onRun }: SchedulerOptions) {
    this.#clock = clock;
    this.#log = log;
    this.#onRun = onRun;
    for (const job of jobs) {
      const cron = new Cron(job.times, { utcOffset: 0, paused: true });
      const planned = {
        job,
        cron,
        nextUs: nextOf(cron, clock.nowUs()),
        failed: false,
        running: undefined,
      };
      this.#planned.set(job.name, planned);
    }
  }

  list(): JobView[] {
    return Array.from(this.#planned.values(), (planned) => {
      const { job, nextUs, lastStartUs, lastEndUs, lastOutcome, failed, running } = planned;
      return {
        name: job.name,
        ...(lastStartUs === undefined ? {} : { lastStartUs }),
        ...(lastEndUs === undefined ? {} : { lastEndUs }),
        ...(lastOutcome === undefined ? {} : { lastOutcome }),
        failed,
        running: running !== undefined,
        ...(Number.isFinite(nextUs) ? { nextUs } : {}),
      };
    });
  }

  /** Starts a job now. @returns `busy` while it runs already, `unknown` where there is none of the name */
  start(name: string): 'started' | 'busy' | 'unknown' {
    const planned = this.#planned.get(name);
    if (planned === undefined) return 'unknown';
    if (planned.running !== undefined) return 'busy';
    planned.running = this.#run(planned);
    return 'started';
  }

  /** Runs jobs at their times until aborted; then waits for those that run. */
  async run(signal: AbortSignal): Promise<void> {
    for (let lastUs = Number.POSITIVE_INFINITY; !signal.aborted; ) {
      await this.#clock.sleep(LOOK_MS, signal);
      const nowUs = this.#clock.nowUs();
      const hasStepped = nowUs < lastUs;
      lastUs = nowUs;
      for (const planned of this.#planned.values()) {
        const isDue = nowUs >= planned.nextUs;
        if (isDue || hasStepped) planned.nextUs = nextOf(planned.cron, nowUs);
        if (isDue && !signal.aborted) this.start(planned.job.name);
      }
    }
    this.#stop.abort();
    await Promise.all(Array.from(this.#planned.values(), ({ running }) => running));
  }

  async #run(planned: Planned): Promise<void> {
    const { job } = planned;
    planned.lastStartUs = this.#clock.nowUs();
    try {
      planned.lastOutcome = await job.run(this.#stop.signal);
      planned.failed = false;
    } catch (error) {
      planned.lastOutcome = error instanceof Fault ? faultWords(error) : errorMessage(error);
      planned.failed = true;
      this.#log.error('a job failed', { job: job.name, reason: planned.lastOutcome });
    }
    planned.lastEndUs = this.#clock.nowUs();
    planned.running = undefined;
    this.#onRun?.(job.name, planned.failed, planned.lastEndUs);
  }
}

/** @returns the first time of the table after `nowUs`, or Infinity where there is none */
export function nextOf(cron: Cron, nowUs: number): number {
  const next = cron.nextRun(formatTimestamp(nowUs));
  return next === null ? Number.POSITIVE_INFINITY : next.getTime() * US_PER_MS;
}
