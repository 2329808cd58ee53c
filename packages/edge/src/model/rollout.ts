/**
 * Which model judges which sensor type on this agent, and how a new one comes to.
 *
 * A sensor type runs a model, or what the agent ships with. Its states: settled → on trial when a verified model is
 * offered → settled with that model when the trial took it, or as before when it was refused, which is remembered until
 * another one is wanted. What is taken back goes at once: what ships needs no trial.
 *
 * Each change falls between two readings and forces a snapshot of every device that it concerns. Both are in the
 * commit that holds the last reading before it, so that readings after a snapshot were all judged by the models that
 * the snapshot's commit names: a restart never replays across a change, and switches where the switch was (I5).
 */
import type { Clock, Log, Probe } from '@fernsight/base';
import {
  type RowScorer,
  type SensorModel,
  TRIAL_READINGS,
  Trial,
  type TrialModel,
} from '@fernsight/detect';
import type { AgentModel } from '@fernsight/wire/agent';
import { MODEL_TYPES_MAX } from '../limits.ts';
import type { ModelFiles } from './modelFiles.ts';
import { parseRolloutState, type RolloutState } from './rolloutState.ts';

/** Keys of the outbox's state rows that hold sensor types. */
const TYPE_KEY = 'model/';

/** The devices, as a rollout sees them. */
export interface Judged {
  /** @returns how many series of the type there are */
  seriesCount(sensorType: string): number;
  beginTrial(sensorType: string): void;
  /** @param taken whether the judges on trial take over */
  endTrial(sensorType: string, taken: boolean): void;
  /** Judges by what ships from the next reading on. */
  withdraw(sensorType: string): void;
}

export interface RolloutOptions {
  readonly files: ModelFiles;
  /** the outbox's state rows: every type is where they say; a model whose file is gone is fetched again */
  readonly states: ReadonlyMap<string, string>;
  readonly clock: Clock;
  readonly log: Log;
  readonly probe?: Pick<Probe, 'at'> | undefined;
}

interface TypeState {
  running: { readonly hash: string; readonly forest: RowScorer } | undefined;
  trial: Trial | undefined;
  candidate: RowScorer | undefined;
  refused: RolloutState['refused'];
  /** index of the first reading that the running one judged, and that was judged in shadow */
  since: number;
  trialSince: number;
}

export class Rollout {
  readonly #options: RolloutOptions;
  readonly #types = new Map<string, TypeState>();
  readonly #changed = new Set<string>();
  #devices: Judged | undefined;
  #trialCount = 0;
  /** commits of changes whose files may lie about still */
  #untidyCount = 0;

  constructor(options: RolloutOptions) {
    this.#options = options;
    for (const [key, text] of options.states) {
      if (key.startsWith(TYPE_KEY)) this.#restoreType(key.slice(TYPE_KEY.length), text);
    }
  }

  /** Lends the devices, which are made with this. */
  attach(devices: Judged): void {
    this.#devices = devices;
  }

  forestOf(sensorType: string): RowScorer | undefined {
    return this.#types.get(sensorType)?.running?.forest;
  }

  trialOf(sensorType: string): Trial | undefined {
    return this.#types.get(sensorType)?.trial;
  }

  get trialCount(): number {
    return this.#trialCount;
  }

  /** @returns whether a model should be fetched: it is neither running, nor on trial, nor refused */
  wants(sensorType: string, hash: string): boolean {
    const state = this.#types.get(sensorType);
    if ((this.#devices?.seriesCount(sensorType) ?? 0) === 0) return false;
    if (state === undefined) return this.#types.size < MODEL_TYPES_MAX;
    const { running, trial, refused } = state;
    return running?.hash !== hash && trial?.hash !== hash && refused?.hash !== hash;
  }

  /** The cloud's choice. What is no longer wanted goes, and a refusal is forgotten when something else is wanted. */
  hear(wanted: ReadonlyMap<string, string>, index: number): void {
    let isChanged = false;
    for (const [sensorType, state] of this.#types) {
      const hash = wanted.get(sensorType);
      if (state.refused !== undefined && state.refused.hash !== hash) {
        state.refused = undefined;
        this.#changed.add(sensorType);
      }
      const isOver = state.trial !== undefined && state.trial.hash !== hash;
      const isTakenBack = hash === undefined && state.running !== undefined;
      if (isOver) this.#endTrial(sensorType, false);
      if (isTakenBack) this.#withdraw(sensorType, index);
      isChanged ||= isOver || isTakenBack;
    }
    if (isChanged) this.#options.probe?.at('model.heard');
  }

  /** A verified model comes on trial, from the next reading on. */
  offer(
    sensorType: string,
    model: { readonly hash: string } & Pick<SensorModel, 'forest' | 'reference'>,
    index: number,
  ): void {
    const state = this.#stateOf(sensorType);
    if (state.trial !== undefined) this.#endTrial(sensorType, false);
    this.#begin(state, model.hash, model);
    state.trialSince = index;
    state.refused = undefined;
    this.#changed.add(sensorType);
    this.#devices?.beginTrial(sensorType);
    this.#options.log.info('a model is on trial', { sensorType, hash: model.hash });
    this.#options.probe?.at('model.heard');
  }

  /** What was no model that could come on trial. */
  refuse(sensorType: string, hash: string, reason: string): void {
    const state = this.#stateOf(sensorType);
    state.refused = { hash, reason, atUs: this.#options.clock.nowUs() };
    this.#changed.add(sensorType);
    this.#options.log.warn('a model is refused', { sensorType, hash, reason });
  }

  /** Decides, between two readings, what became of the trial of a sensor type. @param index of the next reading */
  decide(sensorType: string, index: number): void {
    const state = this.#types.get(sensorType);
    const decision = state?.trial?.decide();
    if (state?.trial === undefined || decision === undefined) return;
    const { hash } = state.trial;
    if (!decision.take) {
      this.#endTrial(sensorType, false);
      this.refuse(sensorType, hash, decision.reason);
    } else if (state.candidate !== undefined) {
      state.running = { hash, forest: state.candidate };
      state.since = index;
      this.#endTrial(sensorType, true);
      this.#options.log.info('a model is taken', { sensorType, hash });
    }
    this.#options.probe?.at('model.decided');
  }

  /** @returns the state rows that changed since `committed` */
  *changedRows(): Generator<readonly [string, string]> {
    for (const sensorType of this.#changed) {
      const state = this.#types.get(sensorType);
      if (state !== undefined) yield [TYPE_KEY + sensorType, JSON.stringify(rowOf(state))];
    }
  }

  get hasChanged(): boolean {
    return this.#changed.size > 0;
  }

  committed(): void {
    if (this.#changed.size > 0) this.#untidyCount++;
    this.#changed.clear();
  }

  /**
   * Files that the outbox no longer names can go, and not before that is on the disk: a power cut would bring back
   * the names.
   * @returns what deletes them, to be called when everything that is committed now is synced
   */
  tidy(): () => void {
    const [count, named] = [this.#untidyCount, this.#named()];
    return () => {
      if (count === 0) return;
      if (!this.#options.files.keep(new Set([...named, ...this.#named()]))) return;
      this.#untidyCount = Math.max(0, this.#untidyCount - count);
    };
  }

  #named(): Set<string> {
    const hashes = new Set<string>();
    for (const { running, trial } of this.#types.values()) {
      if (running !== undefined) hashes.add(running.hash);
      if (trial !== undefined) hashes.add(trial.hash);
    }
    return hashes;
  }

  status(): AgentModel[] {
    return Array.from(this.#types, ([sensorType, { running, trial, refused }]) => ({
      sensorType,
      running: running?.hash ?? null,
      trial:
        trial === undefined
          ? null
          : { hash: trial.hash, readings: trial.readings, of: TRIAL_READINGS },
      refused: refused ?? null,
      seriesCount: this.#devices?.seriesCount(sensorType) ?? 0,
    }));
  }

  #endTrial(sensorType: string, taken: boolean): void {
    const state = this.#stateOf(sensorType);
    this.#devices?.endTrial(sensorType, taken);
    state.trial = undefined;
    state.candidate = undefined;
    this.#trialCount--;
    this.#changed.add(sensorType);
  }

  #begin(state: TypeState, hash: string, model: TrialModel): void {
    state.trial = new Trial(hash, model);
    state.candidate = model.forest;
    this.#trialCount++;
  }

  #withdraw(sensorType: string, index: number): void {
    const state = this.#stateOf(sensorType);
    state.running = undefined;
    state.since = index;
    this.#changed.add(sensorType);
    this.#devices?.withdraw(sensorType);
    this.#options.log.info('a model is taken back', { sensorType });
  }

  #restoreType(sensorType: string, text: string): void {
    const { running, since, trial, trialSince, refused } = parseRolloutState(text);
    const state = this.#stateOf(sensorType);
    state.refused = refused;
    state.since = since;
    state.trialSince = trialSince;
    if (running !== undefined) {
      const model = this.#load(sensorType, running);
      if (model !== undefined) state.running = { hash: running, forest: model.forest };
    }
    if (trial === undefined) return;
    const model = this.#load(sensorType, trial);
    if (model !== undefined) this.#begin(state, trial, model);
  }

  #load(sensorType: string, hash: string): SensorModel | undefined {
    const model = this.#options.files.read(hash);
    if (model === undefined) {
      this.#options.log.warn('a model is gone from the disk', { sensorType, hash });
    }
    return model;
  }

  #stateOf(sensorType: string): TypeState {
    let state = this.#types.get(sensorType);
    if (state === undefined) {
      state = {
        running: undefined,
        trial: undefined,
        candidate: undefined,
        refused: undefined,
        since: 0,
        trialSince: 0,
      };
      this.#types.set(sensorType, state);
    }
    return state;
  }
}

function rowOf({ running, trial, refused, since, trialSince }: TypeState): RolloutState {
  return { running: running?.hash, since, trial: trial?.hash, trialSince, refused };
}
