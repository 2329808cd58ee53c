/**
 * `npm run torture`: the tests at their full counts (`inject('torture')`), and each one's result, with its date and
 * commit, in docs/TORTURE.md. All of them take hours; `npm run torture -- NAME…` runs the files whose paths hold a name
 * and replaces their rows alone.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

const PAGE = join(ROOT, 'docs/TORTURE.md');

/** The files that do more under torture: the others would only repeat what `npm test` does. */
function tortured(): string[] {
  return readSources()
    .filter(({ isTest, text }) => isTest && text.includes("inject('torture')"))
    .map(({ path }) => path);
}

function torture(names: readonly string[]): number {
  const all = tortured();
  const chosen = all.filter(
    (path) => names.length === 0 || names.some((name) => path.includes(name)),
  );
  const folder = mkdtempSync(join(tmpdir(), 'fernsight-torture-'));
  const report = join(folder, 'report.json');
  const flags = ['run', '--mode', 'torture', '--no-file-parallelism'];
  const reporters = ['--reporter=verbose', '--reporter=json', `--outputFile.json=${report}`];
  const { status } = spawnSync('vitest', [...flags, ...reporters, ...chosen], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
    testResults: readonly FileResult[];
  };
  rmSync(folder, { recursive: true, force: true });
  const kept = readRows().filter(
    (row) => all.includes(fileOf(row)) && !chosen.includes(fileOf(row)),
  );
  writeFileSync(PAGE, page([...kept, ...testResults.flatMap(rowsOf)].sort(), all));
  return status ?? 1;
}

/** The rows of the page as it stands: `| file | claim | … |`. */
function readRows(): string[] {
  if (!existsSync(PAGE)) return [];
  return readFileSync(PAGE, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && line.includes('.test.ts'));
}

function fileOf(row: string): string {
  return row.split('|')[1]?.trim() ?? '';
}

function rowsOf(file: FileResult): string[] {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const day = formatTimestamp(systemClock.nowUs()).slice(0, 10);
  const seconds = Math.round((file.endTime - file.startTime) / 1000);
  const place = relative(ROOT, file.name);
  return file.assertionResults.map(({ status, fullName }) => {
    const claim = fullName.trim().replaceAll('|', '\\|');
    return `| ${place} | ${claim} | ${status} | ${seconds} s | ${day} | ${commit.trim()} |`;
  });
}

function page(rows: readonly string[], all: readonly string[]): string {
  const run = new Set(rows.map(fileOf));
  const missing = all.filter((path) => !run.has(path));
  const gap = missing.length === 0 ? '' : `\nNot yet run this way: ${missing.join(', ')}.\n`;
  return `# Torture

The tests at their full counts: \`npm run torture\`, or \`npm run torture -- NAME…\` for the files whose paths hold a name.
Each row is the last run of its file, and says nothing of commits after its own.
${gap}
| file | claim | result | the file took | date | commit |
|---|---|---|---|---|---|
${rows.join('\n')}
`;
}

if (import.meta.main) process.exitCode = torture(process.argv.slice(2));
