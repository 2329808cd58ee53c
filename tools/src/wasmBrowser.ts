/**
 * What a forest and the pipeline give, as bits: bundled for a page by its test, so that a browser can be held to the
 * golden scores (I5).
 */
import {
  decodeForest,
  encodeForest,
  JsKernel,
  openKernel,
  universalForest,
} from '@fernsight/detect';
import { type GoldenScores, goldenScores } from './goldenScores.ts';

export interface BitsOfForm {
  readonly form: 'wasm' | 'js';
  /** the raw score of each row, the bits of the float64 in hexadecimal */
  readonly raw: readonly string[];
  /** the scores of all rows in one batch, times 65535 */
  readonly batch: readonly number[];
}

export interface ScoresOfForm extends GoldenScores {
  readonly form: 'wasm' | 'js';
}

const FORMS = [openKernel, (size: number) => new JsKernel(size)];

/** @param forest as `encodeForest` writes it, in base64. @returns the bits in both forms of the kernel */
function bitsOfForest(forest: string, rows: readonly (readonly number[])[]): BitsOfForm[] {
  const bytes = Uint8Array.from(atob(forest), (letter) => letter.charCodeAt(0));
  return FORMS.map((open) => {
    const decoded = decodeForest(bytes, open);
    const batch = new Float64Array(rows.length);
    decoded.scoreRows(Float64Array.from(rows.flat()), batch);
    return {
      form: decoded.form,
      raw: rows.map((row) => bits(decoded.rawScore(Float64Array.from(row)))),
      batch: [...batch].map((score) => Math.round(score * 65_535)),
    };
  });
}

/** @returns the pipeline's scores, its forest in both forms of the kernel */
export function scoresOfPipeline(values: readonly number[]): ScoresOfForm[] {
  const bytes = encodeForest(universalForest());
  return FORMS.map((open) => {
    const forest = decodeForest(bytes, open);
    return { form: forest.form, ...goldenScores(values, forest) };
  });
}

function bits(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, '0');
}

Object.assign(globalThis, { bitsOfForest, scoresOfPipeline });
