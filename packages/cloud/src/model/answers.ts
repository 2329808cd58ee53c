/** The routes of models. */
import { ModelError } from '@fernsight/detect';
import { CompareModels, TrainModel, UploadModel } from '@fernsight/wire';
import { Parse } from 'typebox/value';
import { actorName } from '../access/principal.ts';
import { reply, unknown } from '../access/reply.ts';
import type { Answer, Answers, Call } from '../http/answer.ts';
import { problem } from '../http/problem.ts';
import type { Comparisons } from './comparisons.ts';
import { CHANGED } from './modelHash.ts';
import type { ModelRegistry } from './modelRegistry.ts';
import { requireSensorType } from './sensorTypes.ts';
import type { Trainings } from './trainings.ts';

/** @param chosen hears of each choice, and resolves when the worker knows */
export function modelAnswers(
  models: ModelRegistry,
  { trainings, comparisons }: { readonly trainings: Trainings; readonly comparisons: Comparisons },
  chosen: () => Promise<void>,
): Answers {
  return {
    models: () => reply(200, { models: models.list() }),

    uploadModel: (call) => upload(models, call),

    trainModel: ({ params: { sensorType = '' }, body, principal }) => {
      requireSensorType(sensorType);
      const span = Parse(TrainModel, body);
      const run = trainings.start({ sensorType, startedBy: actorName(principal), span });
      return run === undefined ? TRAINING_ALREADY : reply(202, run);
    },

    trainings: () => reply(200, { trainings: trainings.list() }),

    compareModels: async ({ body, principal }) => {
      const wanted = Parse(CompareModels, body);
      return reply(202, await comparisons.start(wanted, actorName(principal)));
    },

    comparisons: () => reply(200, { comparisons: comparisons.list() }),

    activateModel: async ({ params: { hash = '' }, principal }) => {
      if (models.changed().includes(hash)) return changed(hash);
      const activation = models.activate(hash, actorName(principal));
      await chosen();
      return activation === undefined ? missing(hash) : reply(200, activation);
    },

    rollBackModel: async ({ params: { sensorType = '' }, principal }) => {
      const activation = models.rollBack(sensorType, actorName(principal));
      await chosen();
      return activation === undefined
        ? unknown(`active model for ${sensorType}`, 'What Fernsight ships with is chosen already.')
        : reply(200, activation);
    },

    activations: () => reply(200, { activations: models.activations() }),

    fetchModel: ({ params: { hash = '' } }) => {
      const signed = models.signed(hash);
      return signed === undefined ? missing(hash) : reply(200, signed);
    },

    modelKey: () => reply(200, models.modelKey()),

    rotateModelKey: () => reply(200, models.rotateKey()),
  };
}

function upload(models: ModelRegistry, { body, principal }: Call): Answer {
  const { bytes } = Parse(UploadModel, body);
  try {
    const model = models.add(Buffer.from(bytes, 'base64'), actorName(principal));
    return model === undefined ? FULL : reply(201, model);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return problem(422, { detail: error.reason, hint: error.hint });
  }
}

function missing(hash: string): Answer {
  return unknown(`model ${hash}`, 'See the list of models.');
}

function changed(hash: string): Answer {
  const detail = `model ${hash.slice(0, 12)} cannot be chosen: ${CHANGED}`;
  return problem(409, { detail, hint: 'Upload the model again, or restore it from a backup.' });
}

const TRAINING_ALREADY = problem(409, {
  detail: 'a model is being trained, or the server is stopping',
  hint: 'one at a time: GET /api/v1/trainings says how far it is',
});

const FULL = problem(409, {
  detail: 'there are as many models as the server takes',
  hint: 'all of them were chosen once, and their past is kept',
});
