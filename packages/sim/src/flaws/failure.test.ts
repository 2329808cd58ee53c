/** What a broken promise prints is enough to see it again: its seed, the fewest faults, and a command that fails as well. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const FLAGS = ['--conditions=source', '--disable-warning=ExperimentalWarning'];
const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const ARGUMENTS = '--seed 1 --hours 0.0334 --agents 2 --flaw epochKept';
const TIMEOUT_MS = 900_000;

function run(args: string): { readonly code: number | null; readonly lines: string[] } {
  const { status, stdout } = spawnSync(process.execPath, [...FLAGS, MAIN, ...args.split(' ')]);
  return { code: status, lines: String(stdout).trimEnd().split('\n') };
}

it(
  'a failure prints its seed, the fewest faults that lead to it, and the command that runs these and fails again',
  () => {
    const first = run(ARGUMENTS);
    expect(first.code).toBe(1);
    const broken = first.lines.find((line) => line.startsWith('broken at'));
    expect(broken).toMatch(/sequence \(I2\)/);
    expect(first.lines).toContain(`npm run sim -- ${ARGUMENTS}`);

    const at = first.lines.findIndex((line) => line.startsWith('needs '));
    const [needed, begun] = (first.lines[at]?.match(/\d+/g) ?? []).map(Number);
    expect(needed).toBeGreaterThan(0);
    expect(needed).toBeLessThan(begun ?? 0);
    const faults = first.lines.slice(at + 1, -1);
    expect(faults).toHaveLength(needed ?? 0);
    expect(faults.every((line) => line.startsWith('#'))).toBe(true);

    const again = run(String(first.lines.at(-1)).replace('npm run sim -- ', ''));
    expect(again.code).toBe(1);
    expect(again.lines.find((line) => line.startsWith('broken at'))).toMatch(/sequence \(I2\)/);
    expect(again.lines).toContain(`needs ${needed} of ${needed} faults:`);
  },
  TIMEOUT_MS,
);
