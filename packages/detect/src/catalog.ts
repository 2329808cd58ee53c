/**
 * The detectors by name. Every one passes the same conformance suite and walks the same path in an evaluation.
 */
import { createForestJudge } from './forest/forestJudge.ts';
import { createPatchJudge } from './patch/patchJudge.ts';
import { createPipelineJudge } from './pipelineJudge.ts';
import type { ResumableJudgeFactory } from './rowJudge.ts';
import { createZscoreJudge } from './zscoreJudge.ts';

export const catalog = {
  pipeline: createPipelineJudge,
  forest: createForestJudge,
  patch: createPatchJudge,
  zscore: createZscoreJudge,
} as const satisfies Record<string, ResumableJudgeFactory>;

export type DetectorName = keyof typeof catalog;
