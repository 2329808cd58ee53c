import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compilePackages } from '../../bench/src/compiled.ts';
import { openBrowser } from './browser.ts';
import { ROOT } from './sourceFile.ts';

const PACKAGE = join(ROOT, 'packages/detect');
const app = mkdtempSync(join(tmpdir(), 'published-'));
const installed = join(app, 'node_modules/@fernsight/detect');

beforeAll(() => {
  compilePackages(['detect']);
  const pack = ['pack', '--silent', '--pack-destination', app];
  const tarball = execFileSync('npm', pack, { cwd: PACKAGE, encoding: 'utf8' }).trim();
  writeFileSync(join(app, 'package.json'), '{ "private": true, "type": "module" }');
  const install = ['install', '--offline', '--no-audit', '--no-fund', '--silent', tarball];
  execFileSync('npm', install, { cwd: app });
});
afterAll(() => rmSync(app, { recursive: true }));

/** The README's example, and the line that it says it prints. */
function readmeExample(): { code: string; printed: string } {
  const readme = readFileSync(join(installed, 'README.md'), 'utf8');
  const code = readme.match(/```js\n(.*?)```/s)?.[1] ?? '';
  return { code, printed: code.match(/^\/\/ (temperature .*)$/m)?.[1] ?? 'no line' };
}

function runInNode(name: string, code: string): string {
  writeFileSync(join(app, name), code);
  return execFileSync(process.execPath, [name], { cwd: app, encoding: 'utf8' });
}

/** Everything else that one begins with: train, save, load, snapshot, restore, the evaluation, an error. */
const TOUR = `
import { createVerdict, decodeForest, decodeModel, encodeForest, encodeModel, ReadingError, SeriesJudge, Training, trainForest } from '@fernsight/detect';
import { averagePrecision, createCurve } from '@fernsight/detect/evaluation';

let state = 1;
const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
const normal = () => Array.from({ length: 12 }, random).reduce((sum, x) => sum + x) - 6;

const rows = Float64Array.from({ length: 8000 }, normal);
const forest = trainForest(rows, 8, { random });
const far = new Float64Array(8).fill(9);
console.log(forest.score(far) > 0.65, decodeForest(encodeForest(forest)).score(far) === forest.score(far));

const training = new Training({ sensorType: 'temperature', random });
training.begin();
for (let i = 1; i <= 2000; i += 1) training.take(i * 60e6, normal());
const model = decodeModel(encodeModel(training.finish()));

const options = { forest: model.forest, budgetPerWeek: 7 };
const judge = new SeriesJudge(options);
const out = createVerdict();
for (let i = 1; i <= 500; i += 1) judge.judge(i * 60e6, normal(), out);
const copy = SeriesJudge.restore(judge.snapshot(), options);
const other = createVerdict();
judge.judge(501 * 60e6, 20, out);
copy.judge(501 * 60e6, 20, other);
console.log(out.kind, out.alarm, JSON.stringify(out) === JSON.stringify(other));

try {
  judge.judge(502 * 60e6, null, out);
} catch (error) {
  console.log(error instanceof ReadingError, error.reason);
}
const curve = createCurve(Float64Array.of(0.1, 0.9), Uint8Array.of(0, 1));
console.log(averagePrecision(curve));
`;

it('installed in an empty folder it does in plain JavaScript what its README says', () => {
  const { code, printed } = readmeExample();
  expect(runInNode('readme.js', code)).toBe(`${printed}\n`);
  expect(runInNode('tour.js', TOUR)).toBe('true true\nspike true true\ntrue notFinite\n1\n');
});

/** Prints the bytes of the heap that a reading takes: what it grows by from one look to the next, collections apart. */
const HEAP = `
import { createVerdict, SeriesJudge } from '@fernsight/detect';

const judge = new SeriesJudge({});
const out = createVerdict();
const values = Float64Array.from({ length: 4096 }, (_, i) => 20 + Math.sin(i / 50) + ((i * 7919) % 100) / 50);
let before = 0;
let taken = 0;
for (let i = 1; i <= 1e6; i += 1) {
  judge.judge(i * 1e6, values[i % values.length], out);
  if (i % 1000 !== 0) continue;
  const { heapUsed } = process.memoryUsage();
  if (i > 2e5 && heapUsed > before) taken += heapUsed - before;
  before = heapUsed;
}
console.log(taken / 8e5);
`;

it('makes no object for a reading', () => {
  // a dozen numbers that the engine boxes on their way between functions; the smallest verdict has more
  expect(Number(runInNode('heap.js', HEAP))).toBeLessThan(256);
});

it('a page runs the same example as a module, and prints the same', async () => {
  const { code, printed } = readmeExample();
  const imports = { '@fernsight/detect': '/dist/index.js' };
  const html = `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script>
    <script type="module">${code}</script>`;
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    await page.route('**/*', (route) => {
      const path = join(installed, new URL(route.request().url()).pathname);
      const isFile = path.endsWith('.js') && existsSync(path);
      return isFile
        ? route.fulfill({ path, contentType: 'text/javascript' })
        : route.fulfill({ body: html, contentType: 'text/html; charset=utf-8' });
    });
    const line = page.waitForEvent('console');
    await page.goto('http://localhost/');
    expect((await line).text()).toBe(printed);
  } finally {
    await browser.close();
  }
});

it.each(['nodenext', 'bundler'])('its types are whole for who resolves modules as %s', (rule) => {
  const folder = mkdirSync(join(app, rule), { recursive: true }) ?? app;
  writeFileSync(
    join(folder, 'use.ts'),
    `import { catalog, createVerdict, type Kind, type RowJudge, SeriesJudge, type Verdict } from '@fernsight/detect';
import { runProtocol, type Task } from '@fernsight/detect/evaluation';
const out: Verdict = createVerdict();
new SeriesJudge({ limits: { min: 0 } }).judge(1, 2, out);
const judge: RowJudge = catalog.pipeline({ width: 1, random: () => 0.5 });
// @ts-expect-error there is no such kind
const kind: Kind = 'nonsense';
export { judge, kind, runProtocol, type Task };
`,
  );
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    target: 'es2023',
    lib: ['es2023'],
    types: [],
    module: rule === 'nodenext' ? rule : 'esnext',
    moduleResolution: rule,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const run = () => execFileSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
  expect(run()).toBe('');
});
