/**
 * `npm run torture`: the tests at their full counts (`inject('torture')`), and the result, with its date and commit, in
 * docs/TORTURE.md. It takes hours; `npm run torture -- NAME…` runs the files whose paths hold a name.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { formatTimestamp, systemClock } from '@fernsight/base';
import { ROOT, readSources } from './sourceFile.ts';

interface FileResult {
  readonly name: string;
  readonly startTime: number;
  readonly endTime: number;
  readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
}

/** The files that do more under torture: the others would only repeat what `npm test` does. */
function tortured(names: readonly string[]): string[] {
  return readSources()
    .filter(({ isTest, text }) => isTest && text.includes("inject('torture')"))
    .map(({ path }) => path)
    .filter((path) => names.length === 0 || names.some((name) => path.includes(name)));
}

function torture(names: readonly string[]): number {
  const folder = mkdtempSync(join(tmpdir(), 'fernsight-torture-'));
  const report = join(folder, 'report.json');
  const flags = ['run', '--mode', 'torture', '--no-file-parallelism'];
  const reporters = ['--reporter=verbose', '--reporter=json', `--outputFile.json=${report}`];
  const { status } = spawnSync('vitest', [...flags, ...reporters, ...tortured(names)], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
    testResults: readonly FileResult[];
  };
  rmSync(folder, { recursive: true, force: true });
  if (names.length === 0) writeFileSync(join(ROOT, 'docs/TORTURE.md'), page(testResults));
  return status ?? 1;
}

function page(results: readonly FileResult[]): string {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const lines = results.flatMap((file) => {
    const seconds = Math.round((file.endTime - file.startTime) / 1000);
    return file.assertionResults.map(
      ({ status, fullName }) =>
        `| ${relative(ROOT, file.name)} | ${fullName.trim().replaceAll('|', '\\|')} | ${status} | ${seconds} s |`,
    );
  });
  return `# Torture

The tests at their full counts: \`npm run torture\`. Last run ${formatTimestamp(systemClock.nowUs()).slice(0, 10)}, commit ${commit.trim()}.

| file | claim | result | the file took |
|---|---|---|---|
${lines.join('\n')}
`;
}

if (import.meta.main) process.exitCode = torture(process.argv.slice(2));
