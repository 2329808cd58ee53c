/** The part of the table of routes about models: training them, choosing them, handing them out signed. */
import { Type } from 'typebox';
import { addresses } from './addresses.ts';
import { Text } from './atoms.ts';
import {
  Activation,
  ActivationsReply,
  CompareModels,
  Comparison,
  ComparisonsReply,
  DriftReply,
  Model,
  ModelKey,
  ModelsReply,
  Retraining,
  RetrainingsReply,
  RolloutReply,
  SetRetraining,
  SignedModel,
  TrainingRun,
  TrainingsReply,
  TrainModel,
  UploadModel,
} from './model.ts';
import { Problem } from './problem.ts';
import type { Route } from './route.ts';

const HashParams = Type.Object({ hash: Type.String({ pattern: '^[0-9a-f]{64}$' }) });
const TypeParams = Type.Object({ sensorType: Text });

export const modelRoutes = {
  models: {
    ...addresses.models,
    access: 'viewer',
    summary: 'The models there are, with their training reports, newest first',
    replies: { 200: ModelsReply },
  },
  uploadModel: {
    ...addresses.uploadModel,
    access: 'operator',
    summary: 'Add a model; it is signed, and chosen for nothing yet',
    body: UploadModel,
    replies: { 201: Model, 409: Problem, 422: Problem },
  },
  trainModel: {
    ...addresses.trainModel,
    access: 'operator',
    summary: 'Train a model from stored readings; what was anomalous or in maintenance is left out',
    params: TypeParams,
    body: TrainModel,
    replies: { 202: TrainingRun, 409: Problem, 422: Problem },
  },
  trainings: {
    ...addresses.trainings,
    access: 'viewer',
    summary: 'The last trainings and how far they are, newest first',
    replies: { 200: TrainingsReply },
  },
  activateModel: {
    ...addresses.activateModel,
    access: 'operator',
    summary: 'Choose the model of its sensor type: every reply to an agent names it',
    params: HashParams,
    replies: { 200: Activation, 404: Problem, 409: Problem },
  },
  rollBackModel: {
    ...addresses.rollBackModel,
    access: 'operator',
    summary: 'Choose again what was chosen before, in the end what Fernsight ships with',
    params: TypeParams,
    replies: { 200: Activation, 404: Problem },
  },
  activations: {
    ...addresses.activations,
    access: 'viewer',
    summary: 'Which model was chosen for which sensor type, and when',
    replies: { 200: ActivationsReply },
  },
  fetchModel: {
    ...addresses.fetchModel,
    access: 'device',
    summary: 'A model with its signature',
    params: HashParams,
    replies: { 200: SignedModel, 404: Problem },
  },
  modelKey: {
    ...addresses.modelKey,
    access: 'device',
    summary: 'The key that models are signed with, and the changes that led to it',
    replies: { 200: ModelKey },
  },
  rotateModelKey: {
    ...addresses.rotateModelKey,
    access: 'admin',
    summary: 'Make a new key, signed by the old one; every model is signed with it',
    replies: { 200: ModelKey, 409: Problem },
  },
  rollout: {
    ...addresses.rollout,
    access: 'viewer',
    summary: 'Which device runs which model, what it tries, what it refused and why',
    replies: { 200: RolloutReply },
  },
  compareModels: {
    ...addresses.compareModels,
    access: 'operator',
    summary: 'Judge the stored readings of the last days by two models, side by side',
    body: CompareModels,
    replies: { 202: Comparison, 404: Problem, 409: Problem, 422: Problem },
  },
  comparisons: {
    ...addresses.comparisons,
    access: 'viewer',
    summary: 'The last comparisons and how far they are, newest first',
    replies: { 200: ComparisonsReply },
  },
  drift: {
    ...addresses.drift,
    access: 'viewer',
    summary: 'How far series have moved from what their model was trained on',
    replies: { 200: DriftReply },
  },
  retrainings: {
    ...addresses.retrainings,
    access: 'viewer',
    summary: 'Which sensor types are trained again by themselves, and when',
    replies: { 200: RetrainingsReply },
  },
  setRetraining: {
    ...addresses.setRetraining,
    access: 'operator',
    summary: 'Train a sensor type again at these times',
    params: TypeParams,
    body: SetRetraining,
    replies: { 200: Retraining, 422: Problem },
  },
  removeRetraining: {
    ...addresses.removeRetraining,
    access: 'operator',
    summary: 'Train a sensor type by hand only',
    params: TypeParams,
    replies: { 204: Type.Null(), 404: Problem },
  },
} as const satisfies Record<string, Route>;
