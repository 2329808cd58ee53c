/** The part of the table of routes about models: training them, choosing them, handing them out signed. */
import { Type } from 'typebox';
import { addresses } from './addresses.ts';
import { Text } from './atoms.ts';
import {
  Activation,
  ActivationsReply,
  Model,
  ModelKey,
  ModelsReply,
  SignedModel,
  TrainingRun,
  TrainingsReply,
  TrainModel,
  UploadModel,
} from './model.ts';
import { Problem } from './problem.ts';
import type { Route } from './routes.ts';

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
    replies: { 200: Activation, 404: Problem },
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
    summary: 'The key that models are signed with',
    replies: { 200: ModelKey },
  },
} as const satisfies Record<string, Route>;
