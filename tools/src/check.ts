/**
 * `npm test`: everything, in the order in which it fails fastest. It prints what it found on this machine, then a line a
 * step; a step that fails prints all it said. Nothing is skipped: a test that did not run makes the run red.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@fernsight/base';
import { resolveBrowser } from './browser.ts';
import { ROOT } from './sourceFile.ts';

interface Step {
  readonly name: string;
  readonly command: readonly string[];
}

interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** What vitest's JSON reporter says of a run, as far as it is read here. */
interface TestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

const reportFolder = mkdtempSync(join(tmpdir(), 'fernsight-check-'));
const reportFile = join(reportFolder, 'report.json');

const steps: readonly Step[] = [
  { name: 'types', command: ['tsc', '--noEmit', '-p', 'tsconfig.json'] },
  { name: 'lint', command: ['biome', 'check', '--error-on-warnings'] },
  { name: 'unused', command: ['knip', '--no-progress'] },
  { name: 'page', command: ['vite', 'build', 'packages/dashboard', '--logLevel', 'warn'] },
  { name: 'packages', command: ['node', '--conditions=source', 'tools/src/build.ts'] },
  {
    name: 'tests',
    command: [
      'vitest',
      'run',
      '--reporter=dot',
      '--reporter=json',
      `--outputFile.json=${reportFile}`,
    ],
  },
];

async function check(): Promise<number> {
  await printResolved();
  let failed = 0;
  for (const step of steps) {
    const startMs = systemClock.monotonicMs();
    const { code, output } = await run(step.command);
    const seconds = ((systemClock.monotonicMs() - startMs) / 1000).toFixed(1);
    console.log(
      `${code === 0 ? 'ok  ' : 'FAIL'}  ${step.name.padEnd(10)} ${seconds.padStart(6)} s`,
    );
    if (code !== 0) {
      failed++;
      console.log(`\n${output}\n      again: npx ${step.command.slice(0, 4).join(' ')}\n`);
    }
  }
  const report = readReport();
  rmSync(reportFolder, { recursive: true, force: true });
  const idle = report.numPendingTests + report.numTodoTests;
  if (idle > 0) console.log(`FAIL  ${idle} tests did not run; a skipped test is a failed run`);
  const red = report.numFailedTests + failed + idle;
  console.log(`\n${report.numPassedTests} passed, ${red} failed`);
  return red === 0 && report.numPassedTests > 0 ? 0 : 1;
}

async function printResolved(): Promise<void> {
  const browser = await resolveBrowser();
  console.log('what the tests use here');
  for (const [what, found] of [
    ['node', `${process.version} ${process.execPath.replace(ROOT, '')}`],
    ['sqlite', `node:sqlite ${process.versions.sqlite ?? ''}`],
    ['browser', browser.description],
  ]) {
    console.log(`  ${what?.padEnd(10)} ${found}`);
  }
  console.log('');
}

function run(command: readonly string[]): Promise<Outcome> {
  const [program = '', ...flags] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, flags, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

function readReport(): TestReport {
  try {
    return JSON.parse(readFileSync(reportFile, 'utf8')) as TestReport;
  } catch (cause) {
    if (cause instanceof Error) console.log(`FAIL  the tests left no report: ${cause.message}`);
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, numTodoTests: 0 };
  }
}

if (import.meta.main) process.exitCode = await check();
