/**
 * Fixed histories of two minutes, as anybody would run them: in processes of their own, which are warm after the first,
 * and without the test runner's way of importing, which makes every call slower.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, inject, it } from 'vitest';
import { HAPPENINGS } from '../plan/happening.ts';

const FLAGS = ['--conditions=source', '--disable-warning=ExperimentalWarning'];
const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const COUNT = inject('torture') ? 2_000 : 200;
/** A machine that does other things as well takes its time. */
const TIMEOUT_MS = 3_600_000;
/** Half of them each, where there are two cores. */
const SHARES = Math.min(2, availableParallelism());
const SHARE = COUNT / SHARES;

it(
  'seeds that failed once and the fixed ones break no promise, each tenth is one history to the last byte of its log, and every kind of fault happens',
  async ({ signal }) => {
    const shares = Array.from({ length: SHARES }, (_, share) => share);
    const ends = await Promise.all(shares.map((share) => run(argumentsOf(share), signal)));
    const happened = new Map<string, number>();
    for (const { code, said } of ends) {
      expect(code, said).toBe(0);
      // sums are told from time to time: the last ones are those of all histories
      const sums = [...said.matchAll(/^happened (.*)$/gm)].at(-1)?.[1];
      for (const [what, count] of Object.entries<number>(JSON.parse(sums ?? '{}')))
        happened.set(what, (happened.get(what) ?? 0) + count);
    }
    expect(HAPPENINGS.filter((what) => (happened.get(what) ?? 0) === 0)).toEqual([]);
  },
  TIMEOUT_MS,
);

/** @returns what runs a share of the seeds, the first those that failed once, too */
function argumentsOf(share: number): string[] {
  const seeds = ['--from', String(1 + share * SHARE), '--count', String(SHARE)];
  return [
    ...FLAGS,
    MAIN,
    ...seeds,
    ...(share === 0 ? ['--again'] : []),
    '--agents',
    '4',
    '--twice',
    '10',
  ];
}

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
