/**
 * The public face of the package. It imports nothing outside itself and runs in Node and in browsers.
 */
export { catalog, type DetectorName } from './catalog.ts';
export { DeviceJudge, type DeviceOptions } from './deviceJudge.ts';
export { explain, type Subject } from './explain.ts';
export { SCALE_FREE_NAMES, SCALE_FREE_VERSION } from './features/scaleFree.ts';
export { Window } from './features/window.ts';
export { decodeForest, encodeForest } from './forest/codec.ts';
export { Forest } from './forest/forest.ts';
export { JsKernel, type Kernel, type OpenKernel, openKernel } from './forest/kernel.ts';
export type { RowScorer } from './forest/rowScorer.ts';
export { importScikitLearnForest } from './forest/scikitLearn.ts';
export { type TrainingOptions, trainForest } from './forest/train.ts';
export type { ForestShape, Tree } from './forest/trees.ts';
export {
  createJointVerdict,
  JointJudge,
  type JointOptions,
  type JointVerdict,
  type SensorReading,
} from './jointJudge.ts';
export { JOINT_SENSORS_MAX } from './jointState.ts';
export { JOINT_EVIDENCES, type JointShown, jointRegionAround } from './jointSuppression.ts';
export { ModelError } from './modelError.ts';
export type { JudgeOptions } from './options.ts';
export { ReadingError } from './reading.ts';
export type {
  ResumableJudge,
  ResumableJudgeFactory,
  ResumableOptions,
  RowBlock,
  RowJudge,
  RowJudgeFactory,
  RowJudgeOptions,
} from './rowJudge.ts';
export { type Limits, SeriesJudge, type SeriesOptions } from './seriesJudge.ts';
export { SnapshotError, STATE_VERSION } from './snapshot.ts';
export {
  REGIONS_MAX,
  type Recurrence,
  type Region,
  regionAround,
  type Shown,
} from './suppression.ts';
export { DriftMeter, driftReadings, type SeriesDrift } from './training/drift.ts';
export { decodeModel, encodeModel, parseSensorType, type SensorModel } from './training/model.ts';
export type { ColumnReference } from './training/reference.ts';
export { requireSight } from './training/sight.ts';
export { Training, type TrainingStart } from './training/training.ts';
export { universalForest, universalModel } from './training/universal.ts';
export { TRIAL_READINGS } from './trial/limits.ts';
export {
  type Decision,
  TRIAL_COUNTS,
  Trial,
  type TrialCounts,
  type TrialModel,
  type TrialSeries,
  type TrialState,
} from './trial/trial.ts';
export {
  CHANNELS,
  type Channel,
  createVerdict,
  KINDS,
  type Kind,
  roundScore,
  SCORE_STEPS,
  STAGES,
  type Stage,
  VERDICT_CHANNELS,
  type Verdict,
} from './verdict.ts';
