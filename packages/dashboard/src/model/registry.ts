/** What the pages of models show, asked together: what changes by itself every few seconds, the rest when it has changed. */
import type {
  Activation,
  Comparison,
  Drift,
  Job,
  Model,
  RolloutReply,
  TrainingRun,
} from '@fernsight/wire';
import { useCallback, useEffect } from 'preact/hooks';
import { type Deed, useDeed } from '../access/useDeed.ts';
import { usePage } from '../frame/page.ts';
import { useAnswer } from '../frame/useAnswer.ts';
import { useFollow } from '../frame/useFollow.ts';

/** A training, a comparison or a trial on an agent takes seconds to minutes. */
const REFRESH_MS = 4_000;
/** While one is under way here. */
const RUNNING_MS = 1_000;

export interface Registry {
  /** undefined until the first answer */
  readonly models: readonly Model[] | undefined;
  readonly activations: readonly Activation[];
  readonly trainings: readonly TrainingRun[];
  /** the last three are undefined until the first answer: an older server has none */
  readonly comparisons: readonly Comparison[] | undefined;
  readonly drifts: readonly Drift[] | undefined;
  readonly rollout: RolloutReply | undefined;
  /** the job that measures drift */
  readonly measuring: Job | undefined;
  /** why the last deed was refused, or something could not be asked */
  readonly fault: string;
  readonly deed: Deed;
}

export function useRegistry(): Registry {
  const { client } = usePage();
  const models = useAnswer(useCallback((signal) => client.call('models', { signal }), [client]));
  const activations = useAnswer(
    useCallback((signal) => client.call('activations', { signal }), [client]),
  );
  const drift = useAnswer(useCallback((signal) => client.call('drift', { signal }), [client]));
  const trainings = useAnswer(
    useCallback((signal) => client.call('trainings', { signal }), [client]),
  );
  const comparisons = useAnswer(
    useCallback((signal) => client.call('comparisons', { signal }), [client]),
  );
  const rollout = useAnswer(useCallback((signal) => client.call('rollout', { signal }), [client]));
  const jobs = useAnswer(useCallback((signal) => client.call('jobs', { signal }), [client]));
  const runs = useCallback(async () => {
    await Promise.all([trainings.again(), comparisons.again(), rollout.again(), jobs.again()]);
  }, [trainings.again, comparisons.again, rollout.again, jobs.again]);
  const measuring = jobs.value.value?.jobs.find(({ name }) => name === 'drift');
  const isRunning = [
    ...(trainings.value.value?.trainings ?? []),
    ...(comparisons.value.value?.comparisons ?? []),
    ...(measuring?.running === true ? [{ state: 'running' }] : []),
  ].some(({ state }) => state === 'running');
  useFollow(runs, isRunning ? RUNNING_MS : REFRESH_MS);
  const rest = useCallback(async () => {
    await Promise.all([models.again(), activations.again(), drift.again()]);
  }, [models.again, activations.again, drift.again]);
  const ended = trainings.value.value?.trainings.filter(({ state }) => state !== 'running').length;
  useEffect(() => {
    if (ended !== undefined) void rest();
  }, [ended, rest]);
  const measuredUs = measuring?.lastEndUs;
  useEffect(() => {
    if (measuredUs !== undefined) void drift.again();
  }, [measuredUs, drift.again]);
  const deed = useDeed(async () => {
    await Promise.all([runs(), rest()]);
  });
  const own = [models, activations, trainings];
  const later = [drift, comparisons, rollout].filter(({ value }) => value.value !== undefined);
  const failed = [...own, ...later].find(({ fault }) => fault.value !== '');
  return {
    models: models.value.value?.models,
    activations: activations.value.value?.activations ?? [],
    trainings: trainings.value.value?.trainings ?? [],
    comparisons: comparisons.value.value?.comparisons,
    drifts: drift.value.value?.drifts,
    measuring,
    rollout: rollout.value.value,
    fault: deed.fault.value || (failed?.fault.value ?? ''),
    deed,
  };
}
