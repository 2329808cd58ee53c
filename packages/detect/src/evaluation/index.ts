/** Protocols and metrics: what measures a detector, apart from what is one. */
export { CONFIGURATIONS_TRIED } from './configurations.ts';
export * from './confusion.ts';
export * from './curve.ts';
export { type Judgement, judgeRows, type LabelledRows, sliceRows } from './labelled.ts';
export { entitiesProtocol, withForestRatio } from './protocol/entities.ts';
export {
  BUDGETS_PER_WEEK,
  FALSE_ALARM_METRICS,
  measureFalseAlarms,
} from './protocol/falseAlarms.ts';
export { nabProtocol } from './protocol/nab.ts';
export { SKAB_TRAIN_ROWS, skabProtocol } from './protocol/skab.ts';
export { coldStartProtocol, syntheticProtocol } from './protocol/synthetic.ts';
export {
  type Contender,
  type Metric,
  type Protocol,
  type Result,
  runProtocol,
  type Task,
  type Values,
} from './protocol.ts';
export { createRawForestJudge } from './rawForest.ts';
export { vusPr } from './vus.ts';
