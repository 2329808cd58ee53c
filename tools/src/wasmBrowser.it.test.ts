import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { expect, it } from 'vitest';
import { openBrowser } from './browser.ts';
import { readGolden } from './golden.ts';
import { type BitsOfForm, type ScoresOfForm, scoresOfPipeline } from './wasmBrowser.ts';

interface Golden {
  readonly forest: string;
  readonly rows: readonly { row: number[]; score: number; raw: string }[];
}

const scores = new URL('../../packages/detect/src/forest/golden/scores.json', import.meta.url);
const golden: Golden = JSON.parse(readFileSync(scores, 'utf8'));

it('a forest and the pipeline give the golden bits in Chromium, in WebAssembly and in JavaScript', async () => {
  const script = await bundle();
  const { origin: _origin, values, ...scores } = readGolden();
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ content: script });
    const found = await page.evaluate<BitsOfForm[], Golden>(
      ({ forest, rows }) =>
        Reflect.get(globalThis, 'bitsOfForest')(
          forest,
          rows.map(({ row }) => row),
        ),
      golden,
    );
    expect(found).toEqual(
      forms({
        raw: golden.rows.map(({ raw }) => raw),
        batch: golden.rows.map(({ score }) => score),
      }),
    );
    const judged = await page.evaluate<ScoresOfForm[], readonly number[]>(
      (readings) => Reflect.get(globalThis, 'scoresOfPipeline')(readings),
      values,
    );
    expect(judged).toEqual(forms(scores));
  } finally {
    await browser.close();
  }
});

it('the pipeline gives the golden scores in Node, in WebAssembly and in JavaScript', () => {
  const { origin: _origin, values, ...scores } = readGolden();
  expect(scoresOfPipeline(values)).toEqual(forms(scores));
});

function forms<Of extends object>(scores: Of): (Of & { form: 'wasm' | 'js' })[] {
  return [
    { form: 'wasm', ...scores },
    { form: 'js', ...scores },
  ];
}

async function bundle(): Promise<string> {
  const entry = fileURLToPath(new URL('./wasmBrowser.ts', import.meta.url));
  const built = await build({
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['source'] },
    build: { write: false, lib: { entry, formats: ['iife'], name: 'page' } },
  });
  const [output] = [built].flat();
  if (output === undefined || !('output' in output)) throw new Error('vite built nothing');
  return output.output[0].code;
}
