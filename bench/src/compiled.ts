/**
 * The packages as npm would publish them: what a user installs is compiled, and is measured so where that matters.
 */
import { execFileSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export type Detect = typeof import('@fernsight/detect');

/** Compiles those of the packages where a source is newer than what was compiled last. */
export function compilePackages(names: readonly string[]): void {
  const stale = names.filter((name) => isStale(join(ROOT, 'packages', name)));
  if (stale.length === 0) return;
  const stdio = ['ignore', 'ignore', 'inherit'] as const;
  execFileSync('npm', ['run', 'build', '--silent', '--', ...stale], {
    cwd: ROOT,
    stdio: [...stdio],
  });
}

/** @returns the detectors as they are published */
export async function compiledDetect(): Promise<Detect> {
  compilePackages(['detect']);
  return await import(pathToFileURL(join(ROOT, 'packages/detect/dist/index.js')).href);
}

function isStale(folder: string): boolean {
  const compiled = newestMs(join(folder, 'dist'), '**/*.d.ts');
  return newestMs(join(folder, 'src'), '**/*.{ts,sql}') > compiled;
}

/** @returns when the file changed last that did so latest; 0 without files */
function newestMs(folder: string, pattern: string): number {
  const times = globSync(pattern, { cwd: folder }).map(
    (path) => statSync(join(folder, path)).mtimeMs,
  );
  return Math.max(0, ...times);
}
