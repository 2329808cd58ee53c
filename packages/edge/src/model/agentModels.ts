/** The agent's models: which judge, which are on trial, whose signature counts, and how new ones come. */
import type { Clock, Log, Probe } from '@fernsight/base';
import type { AgentModel, AgentStatus, BatchReply } from '@fernsight/wire/agent';
import type { ModelLink } from '../uplink/link.ts';
import { Fetcher } from './fetcher.ts';
import { ModelFiles } from './modelFiles.ts';
import { Rollout } from './rollout.ts';
import { TRUST_KEY, Trust } from './trust.ts';

export interface AgentModelsOptions {
  /** path of the outbox's file; models lie beside it */
  readonly outbox: string;
  /** the outbox's state rows */
  readonly states: ReadonlyMap<string, string>;
  /** pinned at enrolment, DER in base64 */
  readonly modelKey: string | undefined;
  readonly link: ModelLink | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly probe?: Probe | undefined;
  /** index of the next reading */
  readonly next: () => number;
}

export class AgentModels {
  readonly rollout: Rollout;
  readonly #trust: Trust;
  readonly #fetcher: Fetcher | undefined;

  constructor(options: AgentModelsOptions) {
    const { states, link, clock, log, probe, next } = options;
    const files = new ModelFiles(options.outbox);
    const trust = new Trust(options.modelKey, states.get(TRUST_KEY), log);
    const rollout = new Rollout({ files, states, clock, log, probe });
    this.rollout = rollout;
    this.#trust = trust;
    if (link === undefined) return;
    this.#fetcher = new Fetcher({ link, files, rollout, trust, clock, log, next });
  }

  /** Fetches what is wanted and missing, until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#fetcher?.run(signal);
  }

  /** What the cloud wants, by its reply to a batch. */
  hear(wanted: BatchReply['models']): void {
    this.#fetcher?.hear(wanted);
  }

  /** whether there are rows to commit */
  get hasChanged(): boolean {
    return this.rollout.hasChanged || this.#trust.hasChanged;
  }

  /** @returns state rows for the outbox that changed since `committed` */
  *changedRows(): Generator<readonly [string, string]> {
    yield* this.rollout.changedRows();
    yield* this.#trust.changedRows();
  }

  committed(): void {
    this.rollout.committed();
    this.#trust.committed();
  }

  /** @returns what deletes the models that are not needed any more, once all that is committed now is synced */
  tidy(): () => void {
    return this.rollout.tidy();
  }

  status(): AgentModel[] {
    return this.rollout.status();
  }

  wireStatus(): Pick<AgentStatus, 'models' | 'modelKey'> {
    const modelKey = this.#trust.status();
    return { models: this.status(), ...(modelKey === undefined ? {} : { modelKey }) };
  }
}
