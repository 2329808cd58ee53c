/**
 * A model for one sensor type: a forest, and what one must know to use it and to judge its age.
 *
 * The file (`encodeModel`): the envelope of `sealed.ts`, in it the length of a JSON text u32, the text
 * (UTF-8, everything but the forest) and the forest as `encodeForest` writes it. The same training
 * gives the same bytes, so a hash of them names the model.
 */
import { SCALE_FREE_VERSION } from '../features/scaleFree.ts';
import { decodeForest, encodeForest } from '../forest/codec.ts';
import type { Forest } from '../forest/forest.ts';
import type { OpenKernel } from '../forest/kernel.ts';
import { ModelError } from '../modelError.ts';
import { type Seal, seal, unseal } from '../sealed.ts';
import type { ColumnReference } from './reference.ts';

export interface SensorModel {
  /** the sensors it serves, e.g. `temperature` */
  readonly sensorType: string;
  /** of the features it was trained on; a judge of another version cannot use it */
  readonly featureVersion: number;
  readonly features: readonly string[];
  /** what it was trained on */
  readonly seriesCount: number;
  readonly readingCount: number;
  readonly rowCount: number;
  /** how each feature, and last the score, was distributed over the training rows */
  readonly reference: readonly ColumnReference[];
  /** of each column of the reference, how far the series of the training lay from each other; empty: not known */
  readonly spread: readonly number[];
  readonly forest: Forest;
}

const MODEL: Seal = { magic: 'FSSM', version: 1, name: 'model' };
const LENGTH_BYTES = 4;

const SENSOR_TYPE_LENGTH_MAX = 64;

export function encodeModel(model: SensorModel): Uint8Array<ArrayBuffer> {
  const { forest, ...card } = model;
  const text = new TextEncoder().encode(JSON.stringify(card));
  const forestBytes = encodeForest(forest);
  const payload = new Uint8Array(LENGTH_BYTES + text.length + forestBytes.length);
  new DataView(payload.buffer).setUint32(0, text.length, true);
  payload.set(text, LENGTH_BYTES);
  payload.set(forestBytes, LENGTH_BYTES + text.length);
  return seal(MODEL, payload);
}

/**
 * @param open makes the memory of the forest and the loops over it
 * @throws ModelError on damage, another kind of file, a newer version, features that this release does
 *   not compute, or impossible content
 */
export function decodeModel(bytes: Uint8Array, open?: OpenKernel): SensorModel {
  const { payload } = unseal(MODEL, bytes);
  if (payload.length < LENGTH_BYTES) throw impossible('its card is missing');
  const length = new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
  const end = LENGTH_BYTES + length;
  if (end > payload.length) throw impossible('its card is cut short');
  const card = parseCard(new TextDecoder().decode(payload.subarray(LENGTH_BYTES, end)));
  if (card.featureVersion !== SCALE_FREE_VERSION) {
    const message = `Features of version ${card.featureVersion}, not ${SCALE_FREE_VERSION}`;
    throw new ModelError('model.decode', message, 'Train the model again with this release.');
  }
  const forest = decodeForest(payload.subarray(end), open);
  if (forest.width !== card.features.length) {
    throw impossible(`${card.features.length} names for ${forest.width} features`);
  }
  if (card.reference.length !== forest.width + 1) throw impossible('a reference of other features');
  return { ...card, forest };
}

type Card = Omit<SensorModel, 'forest'>;

function parseCard(text: string): Card {
  const json = parseJson(text);
  const field = (key: string): unknown => Reflect.get(json, key);
  return {
    sensorType: parseSensorType(field('sensorType')),
    featureVersion: parseCount(field('featureVersion')),
    features: parseList(field('features'), parseText),
    seriesCount: parseCount(field('seriesCount')),
    readingCount: parseCount(field('readingCount')),
    rowCount: parseCount(field('rowCount')),
    reference: parseList(field('reference'), parseColumn),
    spread: parseList(field('spread') ?? [], parseFinite),
  };
}

function parseJson(text: string): object {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null) return json;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw impossible('a card that is no JSON object');
}

/** @throws ModelError unless it is a name of 1 to 64 letters, digits, `.`, `_` and `-` */
export function parseSensorType(value: unknown): string {
  if (typeof value === 'string' && /^[\w.-]+$/.test(value)) {
    if (value.length <= SENSOR_TYPE_LENGTH_MAX) return value;
  }
  const hint = `Give 1 to ${SENSOR_TYPE_LENGTH_MAX} letters, digits, dots, dashes and underscores.`;
  throw new ModelError('model.parse', `The sensor type ${JSON.stringify(value)}`, hint);
}

function parseColumn(value: unknown): ColumnReference {
  if (typeof value !== 'object' || value === null) throw impossible('a reference without columns');
  return {
    edges: parseList(Reflect.get(value, 'edges'), parseFinite),
    shares: parseList(Reflect.get(value, 'shares'), parseFinite),
  };
}

function parseList<Item>(value: unknown, parse: (item: unknown) => Item): Item[] {
  if (!Array.isArray(value)) throw impossible('a list that is none');
  return value.map((item) => parse(item));
}

function parseText(value: unknown): string {
  if (typeof value !== 'string') throw impossible('a name that is no text');
  return value;
}

function parseFinite(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw impossible(`the number ${value}`);
  return value;
}

function parseCount(value: unknown): number {
  const count = parseFinite(value);
  if (!Number.isInteger(count) || count < 0) throw impossible(`the count ${count}`);
  return count;
}

function impossible(what: string): ModelError {
  const hint = 'The file was not written by Fernsight: train the model again.';
  return new ModelError('model.decode', `An impossible model: ${what}`, hint);
}
