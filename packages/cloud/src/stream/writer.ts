/**
 * The writer's desk: the stream's other end. Parcels that wait are committed together; each is answered when it is
 * durable. While the disk syncs one group the next is judged. Between commits tails are packed.
 */
import { type Clock, type Log, US_PER_DAY, US_PER_MS } from '@fernsight/base';
import type { MaintenanceWindow, SeriesRegions } from '@fernsight/wire';
import type { Parcel } from '../ingest/parcel.ts';
import { COMMIT_READINGS_MAX, COMPACT_SLICE_MS } from '../limits.ts';
import type { DeviceTotals } from '../query/statistics.ts';
import { StorageFault } from '../store/sqlite/database.ts';
import type { Keep, TailPart, Usage } from '../store/store.ts';
import { type DeviceView, viewDevices } from '../worker/deviceView.ts';
import type { TypeUse } from '../worker/modelUse.ts';
import type { Outcome } from '../worker/outcome.ts';
import { windowTotals } from '../worker/windows.ts';
import type { Worker } from '../worker/worker.ts';
import { type Asked, type Clerk, isCall } from './desk.ts';

export type WriterCalls = {
  publish: { readonly input: Parcel; readonly output: Outcome };
  tail: {
    readonly input: { readonly device: string; readonly sensor: string };
    readonly output: TailPart;
  };
  /** every device with its series, its ledger and its latest readings */
  view: { readonly input: { readonly device?: string }; readonly output: DeviceView[] };
  /** one slice of a job. `done`: what it did; `more`: whether there is more to do */
  upkeep: {
    readonly input: { readonly job: UpkeepJob; readonly nowUs: number; readonly keep: Keep };
    readonly output: { readonly done: number; readonly more: boolean };
  };
  /** suppression regions of series that the cloud judges: all of each series named */
  suppress: { readonly input: readonly SeriesRegions[]; readonly output: null };
  /** all maintenance windows there are: what is taken in them is judged and not learnt */
  maintain: { readonly input: readonly MaintenanceWindow[]; readonly output: null };
  usage: { readonly input: null; readonly output: Usage };
  /** what the window summaries of each device, or of one, add up to */
  statistics: { readonly input: { readonly device?: string }; readonly output: DeviceTotals[] };
  /** puts what was written where the reader sees it */
  settle: { readonly input: null; readonly output: null };
  /** when a request with a key first came */
  receipt: { readonly input: { readonly key: string }; readonly output: number | null };
  /** what is chosen has changed: a device changes over when its tail is packed next */
  useModels: { readonly input: null; readonly output: null };
  /** every sensor type with the models that judge it here */
  modelUse: { readonly input: null; readonly output: TypeUse[] };
  setting: {
    readonly input: { readonly name: string; readonly value?: string };
    readonly output: string | null;
  };
};

/** Jobs of the store; each works in slices between commits. */
export type UpkeepJob = 'pack' | 'fold' | 'retention' | 'prune';

export class WriterClerk implements Clerk<WriterCalls> {
  readonly #worker: Worker;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #release: () => void;
  /** the newest group on its way to the disk */
  #syncing: Promise<void> = Promise.resolve();
  readonly #models: { refresh(): void } | undefined;
  /** whether packing failed for want of room when it was last tried */
  #isPutOff = false;

  /** @param release lets go of the data folder, at the end */
  constructor(
    worker: Worker,
    {
      clock,
      log,
      release,
      models,
    }: {
      readonly clock: Clock;
      readonly log: Log;
      readonly release: () => void;
      readonly models?: { refresh(): void };
    },
  ) {
    this.#worker = worker;
    this.#clock = clock;
    this.#log = log;
    this.#release = release;
    this.#models = models;
  }

  async serve(asked: Asked<WriterCalls>[]): Promise<void> {
    const parcels = asked.filter((one): one is Asked<WriterCalls, 'publish'> =>
      isCall(one, 'publish'),
    );
    for (let first = 0; first < parcels.length; ) {
      let end = first;
      let readings = 0;
      while (end < parcels.length && (end === first || readings < COMMIT_READINGS_MAX)) {
        readings += parcels[end]?.input.tsUs.length ?? 0;
        end++;
      }
      await this.#commit(parcels.slice(first, end));
      first = end;
      if (first < parcels.length) await this.idle();
    }
    for (const one of asked) if (one.call !== 'publish') await this.#answer(one);
  }

  /** A disk that has no room for packing just now is asked again with the next commit, and by the job. */
  idle(): Promise<boolean> {
    return this.#pack(() => this.#worker.compact(this.#clock.nowUs()));
  }

  /** What finds no room to be packed stays in the journal for the next start. */
  async close(): Promise<void> {
    await this.#syncing;
    try {
      await this.#pack(async () => {
        await this.#worker.compactAll();
        return false;
      });
    } finally {
      this.#worker.close();
      this.#release();
    }
  }

  /** @returns what `work` does, or false where it is put off */
  async #pack(work: () => Promise<boolean>): Promise<boolean> {
    try {
      const hasMore = await work();
      if (this.#isPutOff) this.#log.info('packing goes on');
      this.#isPutOff = false;
      return hasMore;
    } catch (error) {
      if (!(error instanceof StorageFault && error.retryable)) throw error;
      if (!this.#isPutOff) this.#log.warn('packing is put off', { reason: error.message });
      this.#isPutOff = true;
      return false;
    }
  }

  /** Writes a group, and waits for the one before to be durable: two are on their way at most. */
  async #commit(group: Asked<WriterCalls, 'publish'>[]): Promise<void> {
    try {
      const outcomes = await this.#worker.commit(group.map(({ input }) => input));
      const { store } = this.#worker;
      await this.#syncing;
      if (store !== this.#worker.opened()) throw this.#lost();
      this.#syncing = this.#answerDurable(group, outcomes);
    } catch (error) {
      for (const one of group) one.refuse(error);
    }
  }

  /** A disk that failed to sync may have forgotten what was written after it too. */
  #lost(): StorageFault {
    return new StorageFault('the readings before these could not be synced', {
      op: 'stream.commit',
      retryable: true,
      hint: 'send them again',
    });
  }

  async #answerDurable(
    group: Asked<WriterCalls, 'publish'>[],
    outcomes: readonly Outcome[],
  ): Promise<void> {
    try {
      await this.#worker.durable();
      for (const [index, outcome] of outcomes.entries())
        group[index]?.answer(outcome, buffersOf(outcome));
    } catch (error) {
      for (const one of group) one.refuse(error);
    }
  }

  async #answer(one: Asked<WriterCalls>): Promise<void> {
    try {
      if (isCall(one, 'tail')) one.answer(this.#worker.tailOf(one.input.device, one.input.sensor));
      if (isCall(one, 'view'))
        one.answer(viewDevices(this.#worker.store.registry, one.input.device));
      if (isCall(one, 'upkeep')) one.answer(await this.#upkeep(one.input));
      if (isCall(one, 'suppress')) {
        await this.#worker.suppress(one.input);
        one.answer(null);
      }
      if (isCall(one, 'maintain')) {
        this.#worker.maintain(one.input);
        one.answer(null);
      }
      if (isCall(one, 'usage')) one.answer(this.#worker.opened().usage());
      if (isCall(one, 'statistics')) one.answer(this.#statistics(one.input.device));
      if (isCall(one, 'useModels')) {
        this.#models?.refresh();
        one.answer(null);
      }
      if (isCall(one, 'modelUse')) one.answer(this.#worker.modelUse());
      if (isCall(one, 'setting')) one.answer(this.#setting(one.input));
      if (isCall(one, 'receipt')) {
        one.answer((await this.#worker.opened().receiptOf(one.input.key)) ?? null);
      }
      if (isCall(one, 'settle')) {
        this.#worker.settle();
        one.answer(null);
      }
    } catch (error) {
      one.refuse(error);
    }
  }

  async #upkeep({
    job,
    nowUs,
    keep,
  }: WriterCalls['upkeep']['input']): Promise<WriterCalls['upkeep']['output']> {
    if (job === 'pack') return { done: 0, more: await this.#worker.compact(nowUs) };
    if (job === 'retention') this.#worker.keepRaw(keep.rawDays * US_PER_DAY);
    const endMs = this.#clock.monotonicMs() + COMPACT_SLICE_MS;
    let done = 0;
    for (;;) {
      const step = this.#step(job, keep, nowUs);
      done += step;
      if (step === 0) return { done, more: false };
      if (this.#clock.monotonicMs() >= endMs) return { done, more: true };
    }
  }

  /** @returns how much one step of a job did; 0: nothing is left to do */
  #step(job: Exclude<UpkeepJob, 'pack'>, keep: Keep, nowUs: number): number {
    const store = this.#worker.opened();
    if (job === 'fold') return store.fold(nowUs);
    if (job === 'retention') return store.retain(keep, nowUs);
    return keep.silentMs === undefined ? 0 : this.#worker.bury(nowUs - keep.silentMs * US_PER_MS);
  }

  #statistics(device: string | undefined): DeviceTotals[] {
    const { registry } = this.#worker.store;
    const named = device === undefined ? [...registry.devices()] : [registry.find(device)];
    return named.flatMap((one) =>
      one === undefined ? [] : [{ device: one.name, windows: windowTotals(one) }],
    );
  }

  #setting({ name, value }: { readonly name: string; readonly value?: string }): string | null {
    if (value !== undefined) this.#worker.set(name, value);
    return this.#worker.opened().setting(name) ?? null;
  }
}

/** Below so many rows a copy costs less than handing the buffer over. */
const TRANSFER_ROWS_MIN = 64;

/** @returns the one buffer that the columns of an outcome stand in */
function buffersOf({ steps }: Outcome): ArrayBuffer[] {
  const { buffer, length } = steps;
  return buffer instanceof ArrayBuffer && length >= TRANSFER_ROWS_MIN ? [buffer] : [];
}
