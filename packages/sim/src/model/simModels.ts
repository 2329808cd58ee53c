/**
 * The models that people choose in a history: some for each sensor type, trained once a process on the signal that the
 * sensors of that type show, so that a trial has a reason to take them.
 */
import { createHash } from 'node:crypto';
import { createRng, must } from '@fernsight/base';
import { decodeModel, encodeModel, type RowScorer, Training } from '@fernsight/detect';
import { createSynthetic, type SyntheticType } from '@fernsight/edge';
import { START_US } from '../clock/nodeClock.ts';

export const VARIANTS = 3;
/** A variant that learnt a sensor as a flood shows it, anomalies too: a trial takes it, where it refuses most of the others. */
export const FLOOD_VARIANT = 3;
const FLOOD_STEP_US = 1_000;
const FLOOD_CLEAN_ROWS = 50;
const ROWS = 1_500;
const TREES = 10;
const US_PER_SECOND = 1e6;

const trained = new Map<string, Uint8Array>();
const forests = new Map<string, RowScorer>();

/** @param variant 0 to VARIANTS - 1: another training, another model; or FLOOD_VARIANT */
export function simModel(sensorType: SyntheticType, variant: number): Uint8Array {
  const name = `${sensorType} ${variant}`;
  const known = trained.get(name);
  if (known !== undefined) return known;
  const rng = createRng(name);
  const training = new Training({ sensorType, random: () => rng.next(), trees: TREES });
  const isFlood = variant === FLOOD_VARIANT;
  const stepUs = isFlood ? FLOOD_STEP_US : US_PER_SECOND;
  const cleanRows = isFlood ? FLOOD_CLEAN_ROWS : ROWS;
  const signal = createSynthetic({ type: sensorType, rng: rng.fork('signal'), cleanRows });
  training.begin();
  for (let row = 0; row < ROWS; row++) training.take(START_US + row * stepUs, signal.next().value);
  const bytes = encodeModel(training.finish());
  trained.set(name, bytes);
  forests.set(createHash('sha256').update(bytes).digest('hex'), decodeModel(bytes).forest);
  return bytes;
}

/** @param hash of a model that was made before */
export function forestOf(hash: string): RowScorer {
  return must(forests.get(hash), 'a model that somebody chose');
}
