/**
 * Writes the pipeline's golden scores anew, after a change that is meant to change them:
 *
 *     node --conditions=source tools/src/golden.ts
 *
 * The values stay. Tests hold Node, the page and both forms of the kernel to the file; what the scores ought to be is
 * tested elsewhere, against references that this program does not write (packages/detect/src/golden/references.json).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { STATE_VERSION, universalForest } from '@fernsight/detect';
import { type GoldenScores, goldenScores } from './goldenScores.ts';

const path = fileURLToPath(
  new URL('../../packages/detect/src/golden/scores.json', import.meta.url),
);

export interface Golden extends GoldenScores {
  readonly origin: string;
  readonly values: readonly number[];
}

export function readGolden(): Golden {
  return JSON.parse(readFileSync(path, 'utf8'));
}

if (import.meta.main) {
  const { values } = readGolden();
  const origin =
    `SeriesJudge and DeviceJudge of state version ${STATE_VERSION}, Node ${process.version} ${process.arch}: a wave ` +
    'of 60 readings with noise, a spike at 700, a dropout at 901, a drift from 1101, stuck from 1301';
  const golden: Golden = { origin, values, ...goldenScores(values, universalForest()) };
  writeFileSync(path, `${JSON.stringify(golden)}\n`);
}
