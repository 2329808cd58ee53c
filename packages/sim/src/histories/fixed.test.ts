/**
 * Fixed histories of two minutes, as anybody would run them: in one process of their own, which is warm after the first,
 * and without the test runner's way of importing, which makes every call slower.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, inject, it } from 'vitest';
import { HAPPENINGS } from '../plan/happening.ts';

const FLAGS = ['--conditions=source', '--disable-warning=ExperimentalWarning'];
const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const COUNT = inject('torture') ? 2_000 : 200;
/** A machine that does other things as well takes its time. */
const TIMEOUT_MS = 3_600_000;
const ARGUMENTS = [
  '--again',
  '--from',
  '1',
  '--count',
  String(COUNT),
  '--agents',
  '4',
  '--twice',
  '10',
];

it(
  'seeds that failed once and the fixed ones break no promise, each tenth is one history to the last byte of its log, and every kind of fault happens',
  async ({ signal }) => {
    const { code, said } = await run([...FLAGS, MAIN, ...ARGUMENTS], signal);
    expect(code, said).toBe(0);
    // sums are told from time to time: the last ones are those of all histories
    const sums = [...said.matchAll(/^happened (.*)$/gm)].at(-1)?.[1];
    const happened = new Map<string, number>(Object.entries(JSON.parse(sums ?? '{}')));
    expect(HAPPENINGS.filter((what) => (happened.get(what) ?? 0) === 0)).toEqual([]);
  },
  TIMEOUT_MS,
);

/** @returns its exit code, and what it printed */
function run(
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly code: number | null; readonly said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { signal, stdio: ['ignore', 'pipe', 'ignore'] });
    let said = '';
    child.stdout.on('data', (part) => (said += part));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, said }));
  });
}
