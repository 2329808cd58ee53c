import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compilePackages } from '../../bench/src/compiled.ts';
import { openBrowser } from './browser.ts';
import { ROOT } from './sourceFile.ts';

const QUIET = '--disable-warning=ExperimentalWarning';
const app = mkdtempSync(join(tmpdir(), 'published-'));
const installed = join(app, 'node_modules/@fernsight/detect');

beforeAll(() => {
  compilePackages(['detect']);
  const tarball = pack('detect');
  writeFileSync(join(app, 'package.json'), '{ "private": true, "type": "module" }');
  const install = ['install', '--offline', '--no-audit', '--no-fund', '--silent', tarball];
  execFileSync('npm', install, { cwd: app });
});
afterAll(() => rmSync(app, { recursive: true }));

/** @returns the name of the file in `app` that npm would publish */
function pack(name: string): string {
  const args = ['pack', '--silent', '--pack-destination', app];
  const cwd = join(ROOT, 'packages', name);
  return execFileSync('npm', args, { cwd, encoding: 'utf8' }).trim();
}

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

/**
 * Prints the bytes of the heap that a reading takes: what it grows by from one look to the next, in the median of a
 * thousand looks, so that a collection does not count. The compiler, a thread of its own, may be late on a busy machine:
 * until what it makes is in use, more numbers are boxed.
 */
const HEAP = `
import { createVerdict, SeriesJudge } from '@fernsight/detect';

const judge = new SeriesJudge({});
const out = createVerdict();
const values = Float64Array.from({ length: 4096 }, (_, i) => 20 + Math.sin(i / 50) + ((i * 7919) % 100) / 50);
let grown = [];
let before = 0;
let median = Infinity;
for (let i = 1; i <= 4e6 && median >= MOST; i += 1) {
  judge.judge(i * 1e6, values[i % values.length], out);
  if (i % 100 !== 0) continue;
  const { heapUsed } = process.memoryUsage();
  grown.push((heapUsed - before) / 100);
  before = heapUsed;
  if (grown.length < 1000) continue;
  median = grown.sort((a, b) => a - b)[500];
  grown = [];
}
console.log(median);
`;

it('makes no object for a reading', () => {
  // a dozen and a half numbers that the engine boxes on their way between functions; with a verdict it is more
  const most = 300;
  const code = HEAP.replace('MOST', String(most));
  expect(Number(runInNode('heap.js', code))).toBeLessThan(most);
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
  expect(
    compile(folder, { module: rule === 'nodenext' ? rule : 'esnext', moduleResolution: rule }),
  ).toBe('');
});

/** @returns what the compiler says of the folder, at its strictest */
function compile(folder: string, options: Readonly<Record<string, unknown>>): string {
  const strict = { strict: true, noEmit: true, skipLibCheck: false };
  const compilerOptions = { ...strict, target: 'es2023', lib: ['es2023'], types: [], ...options };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
  return stdout;
}

const AGENT = ['base', 'detect', 'wire', 'edge'] as const;
/** An agent without the program: pushed to, asked, stopped, started again on what it kept. */
const AGENT_TOUR = `
import { type AgentOptions, createAgent, exportOutbox, readOutboxStatus } from '@fernsight/edge';

const options: AgentOptions = { device: 'pump', outbox: 'pump.db', sensors: [{ sensor: 'flow', max: 90 }] };
const first = createAgent(options);
const startUs = Date.UTC(2026, 0, 1) * 1000;
for (let row = 0; row < 600; row++) {
  first.push({ sensor: 'flow', tsUs: startUs + row * 1e6, value: 20 + (row % 7) });
}
first.close();
const agent = createAgent(options);
const verdict = agent.push({ sensor: 'flow', tsUs: startUs + 600e6, value: 99 });
console.log(verdict?.anomaly, verdict?.stage, verdict?.channels[0]);
await agent.flush({ sync: true });
agent.close();
console.log(readOutboxStatus('pump.db').waiting, [...exportOutbox('pump.db')].at(-1)?.value);
// @ts-expect-error a reading has a value
first.push({ sensor: 'flow' });
`;

it('the agent unpacked as npm would publish it is a library, its types whole', () => {
  compilePackages(AGENT);
  const cache = join(ROOT, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  // within the clone: libraries of others are found there
  const folder = mkdtempSync(join(cache, 'published-'));
  try {
    for (const name of AGENT) {
      const to = join(folder, 'node_modules/@fernsight', name);
      mkdirSync(to, { recursive: true });
      execFileSync('tar', ['-xzf', join(app, pack(name)), '--strip-components=1', '-C', to]);
    }
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    const code = AGENT_TOUR.slice(0, AGENT_TOUR.indexOf('// @ts'));
    writeFileSync(join(folder, 'tour.js'), stripTypeScriptTypes(code));
    const run = [QUIET, 'tour.js'];
    const printed = execFileSync(process.execPath, run, { cwd: folder, encoding: 'utf8' });
    expect(printed).toBe('true ready rule\n601 99\n');
    writeFileSync(join(folder, 'tour.ts'), AGENT_TOUR);
    expect(compile(folder, { module: 'nodenext', types: ['node'] })).toBe('');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
