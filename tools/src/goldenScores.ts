/**
 * What the pipeline makes of the golden values: one series alone, one with a forest, and the rows of a device. Runs in
 * Node and in a page, so that every engine and both forms of the kernel can be held to the same file (I5).
 */
import {
  createJointVerdict,
  createVerdict,
  DeviceJudge,
  type Forest,
  SCORE_STEPS,
  SeriesJudge,
} from '@fernsight/detect';

const START_US = 1.7e15;
const MINUTE_US = 60e6;

/** Scores times 65535, one a value. */
export interface GoldenScores {
  readonly scores: readonly number[];
  readonly forestScores: readonly number[];
  /** one a closed row of two sensors, the second of which follows the first by 60 readings */
  readonly jointScores: readonly number[];
}

export function goldenScores(values: readonly number[], forest: Forest): GoldenScores {
  return {
    scores: scoresOf(new SeriesJudge({}), values),
    forestScores: scoresOf(new SeriesJudge({ forest }), values),
    jointScores: jointScoresOf(values),
  };
}

function scoresOf(judge: SeriesJudge, values: readonly number[]): number[] {
  const out = createVerdict();
  return values.map((value, index) => {
    judge.judge(START_US + index * MINUTE_US, value, out);
    return Math.round(out.score * SCORE_STEPS);
  });
}

function jointScoresOf(values: readonly number[]): number[] {
  const device = new DeviceJudge({});
  const out = createVerdict();
  const joint = createJointVerdict();
  const scores: number[] = [];
  values.forEach((value, index) => {
    const tsUs = START_US + index * MINUTE_US;
    const closed = device.judge('first', tsUs, value, out, joint);
    if (closed) scores.push(Math.round(joint.score * SCORE_STEPS));
    device.judge('second', tsUs, values[Math.max(0, index - 60)] ?? 0, out, joint);
  });
  return scores;
}
