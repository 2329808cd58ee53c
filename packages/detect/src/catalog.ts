/**
 * The detectors by name. Every one passes the same conformance suite and walks the same path in an evaluation.
 */
import { createForestJudge } from './forest/forestJudge.ts';
import { createPipelineJudge } from './pipelineJudge.ts';
import type { RowJudgeFactory } from './rowJudge.ts';

export const catalog = {
  pipeline: createPipelineJudge,
  forest: createForestJudge,
} as const satisfies Record<string, RowJudgeFactory>;

export type DetectorName = keyof typeof catalog;
