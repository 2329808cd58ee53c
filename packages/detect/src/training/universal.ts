/**
 * The forest that ships with the package: it has seen series of many kinds (`tools/src/universal.ts`),
 * so a new sensor is watched at once, until there is a model of its own type.
 */
import { fromBase64 } from '../base64.ts';
import type { Forest } from '../forest/forest.ts';
import { UNIVERSAL_MODEL } from '../generated/universalForest.ts';
import { decodeModel, type SensorModel } from './model.ts';

let model: SensorModel | undefined;

/** @returns the model, decoded once; all series of a thread share its forest */
export function universalModel(): SensorModel {
  model ??= decodeModel(fromBase64(UNIVERSAL_MODEL));
  return model;
}

export function universalForest(): Forest {
  return universalModel().forest;
}
