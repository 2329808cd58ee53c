/**
 * The judgement of one reading, and the words for it.
 *
 * A Verdict is a record that its caller owns and passes in again and again, so that judging allocates nothing. Its
 * score is always a multiple of 1/65535 (invariant I5): two runs that agree on the score agree on it to the last bit,
 * and 16 bits store it without loss.
 */

/** What an anomaly looks like. `none` where there is none. The order is the code on disk and on the wire: append only. */
export const KINDS = [
  'none',
  'spike',
  'drift',
  'dropout',
  'stuck',
  'shift',
  'noise',
  'joint',
] as const;
export type Kind = (typeof KINDS)[number];

/** rules: only fixed rules judge · warming: the model is filling · ready: calibrated. Append only. */
export const STAGES = ['rules', 'warming', 'ready'] as const;
export type Stage = (typeof STAGES)[number];

/** The evidence a verdict can weigh. Append only. */
export const CHANNELS = [
  'none',
  'spike',
  'drift',
  'shift',
  'range',
  'variance',
  'stuck',
  'dropout',
  'time of day',
  'forest',
  'joint',
  'patch',
  'rule',
] as const;
export type Channel = (typeof CHANNELS)[number];

/** How many kinds of evidence there are; channels/evidence.ts has their order. */
export const EVIDENCES = 10;

/** How many channels a verdict names, the heaviest first. */
export const VERDICT_CHANNELS = 3;

/** The number of steps of a score: scores are k / 65535 for an integer k (I5). */
export const SCORE_STEPS = 65_535;

export interface Verdict {
  /** in [0, 1], a multiple of 1 / SCORE_STEPS; 0.5 is unremarkable only for the forest, see each detector */
  score: number;
  /** in [0, 1]: the score from which a reading is an anomaly, at this moment */
  threshold: number;
  /** this reading is unusual: score >= threshold, and it is in no suppression region */
  anomaly: boolean;
  /**
   * A human should hear of it: an episode under the false-alarm budget stands. It opens when the score passes the
   * budget's threshold and closes, by hysteresis, when the evidence has faded; one episode is one alarm. A false-alarm
   * budget given to the judge moves `threshold` to the same rate. Without one, the alarm keeps to one false episode a
   * week, and `threshold` is where about seven Gaussian readings a day would lie, one in 200 where readings are slow:
   * a series that wanders or has heavy tails is marked more often, as marks are for looking and not for waking.
   */
  alarm: boolean;
  kind: Kind;
  /** true where the sensor itself seems at fault (stuck, dropout) and not the process it measures */
  sensorFault: boolean;
  /** the value that was expected, in the reading's unit; NaN while unknown */
  expected: number;
  /** the band in which normal values lie, lower <= expected <= upper; NaN while unknown */
  lower: number;
  upper: number;
  stage: Stage;
  /** readings still needed until the stage is `ready`; 0 when it is */
  needed: number;
  /** the channels that weighed most, heaviest first, `none` where fewer; length VERDICT_CHANNELS */
  readonly channels: Channel[];
  /** their shares of the evidence, each in [0, 1]; length VERDICT_CHANNELS */
  readonly weights: Float64Array;
  /**
   * What each channel showed of a marked reading, in sixteenths of a decade, its sign the direction of the deviation: what
   * suppression regions are made of. All 0 where nothing was marked; of EVIDENCES channels
   */
  readonly evidence: Int16Array;
  /** of a marked reading: the stamp at which the event began that it belongs to; else 0 */
  onsetUs: number;
  /** the suppression region that it fell into, 0 for none: it is no anomaly then, whatever its score */
  suppressedBy: number;
}

/** @returns a blank verdict to pass to a judge, over and over */
export function createVerdict(): Verdict {
  return {
    score: 0,
    threshold: 1,
    anomaly: false,
    alarm: false,
    kind: 'none',
    sensorFault: false,
    expected: Number.NaN,
    lower: Number.NaN,
    upper: Number.NaN,
    stage: 'rules',
    needed: 0,
    channels: ['none', 'none', 'none'],
    weights: new Float64Array(VERDICT_CHANNELS),
    evidence: new Int16Array(EVIDENCES),
    onsetUs: 0,
    suppressedBy: 0,
  };
}

const BLANK = createVerdict();

/** Makes a verdict as blank as a new one: for judges that fill in a part of it. */
export function clearVerdict(out: Verdict): void {
  copyVerdict(BLANK, out);
}

export function copyVerdict(from: Verdict, to: Verdict): void {
  to.score = from.score;
  to.threshold = from.threshold;
  to.anomaly = from.anomaly;
  to.alarm = from.alarm;
  to.kind = from.kind;
  to.sensorFault = from.sensorFault;
  to.expected = from.expected;
  to.lower = from.lower;
  to.upper = from.upper;
  to.stage = from.stage;
  to.needed = from.needed;
  to.evidence.set(from.evidence);
  to.onsetUs = from.onsetUs;
  to.suppressedBy = from.suppressedBy;
  for (let index = 0; index < VERDICT_CHANNELS; index += 1) {
    to.channels[index] = from.channels[index] ?? 'none';
    to.weights[index] = from.weights[index] ?? 0;
  }
}

/** @returns the nearest multiple of 1 / SCORE_STEPS to a score in [0, 1] (I5) */
export function roundScore(score: number): number {
  return Math.round(score * SCORE_STEPS) / SCORE_STEPS;
}

/** The end of a switch over a union. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${String(value)}`);
}
