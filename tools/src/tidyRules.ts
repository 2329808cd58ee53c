/**
 * The rules of the tidy test, each a pure function from sources to complaints. docs/STYLE.md says why; the numbers of
 * its points stand beside each rule.
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT, resolveImport, type SourceFile } from './sourceFile.ts';

/** `path:line what` */
export type Complaint = string;

const LINES_MAX = 400;

/** STYLE 4, 5: one noun, camelCase; no drawers; a folder is a stage of the path, not a kind of file. */
export function strayNames(files: readonly SourceFile[]): Complaint[] {
  const file =
    /^[a-z][A-Za-z0-9]*(\.config|\.as)?(\.fuzz|\.it|\.kill)?(\.test|\.contract)?(\.d)?\.tsx?$/;
  const drawer =
    /(^|\/)(utils?|helpers?|common|misc|lib|types|services|models|interfaces|controllers|managers|shared)(\.tsx?$|\/)/i;
  return files
    .filter(({ path }) => !file.test(basename(path)) || drawer.test(path))
    .map(({ path }) => `${path} is no name for a file here`);
}

/** STYLE 6 */
export function forbiddenNames(files: readonly SourceFile[]): Complaint[] {
  const declared = /\b(?:class|interface|type|function|const|let)\s+(\w+)/g;
  const stray =
    /(?:Manager|Service|Helper|Handler|Processor|Provider|Wrapper|Impl|V2)$|^(?:Base|Abstract|Enhanced|Advanced|Smart|Robust|New|enhanced|advanced|smart|robust)[A-Z]/;
  return inspect(files, declared, (match) =>
    stray.test(match[1] ?? '') ? `the name ${match[1]} says nothing` : undefined,
  );
}

/** STYLE 4; tables may be longer when their first lines say so: `@table` */
export function oversized(files: readonly SourceFile[]): Complaint[] {
  return files
    .filter(({ text, isGenerated }) => !isGenerated && !text.slice(0, 400).includes('@table'))
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > LINES_MAX)
    .map(({ path, lines }) => `${path} has ${lines} lines`);
}

/** The one allowed direction (ARCHITECTURE, packages). Tests may also use the test runner and Node. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  detect: [],
  wire: ['base'],
  edge: ['base', 'detect', 'wire'],
  cloud: ['base', 'detect', 'wire'],
  // of base the page uses types alone: the values need Node
  dashboard: ['base', 'wire'],
  cli: ['base', 'detect', 'wire', 'edge', 'cloud'],
  sim: ['base', 'detect', 'wire', 'edge', 'cloud'],
};

export function importDirection(files: readonly SourceFile[]): Complaint[] {
  return files.flatMap((file) =>
    file.imports
      .map((specifier) => wrongImport(file, specifier))
      .filter((complaint) => complaint !== undefined),
  );
}

function wrongImport(file: SourceFile, specifier: string): Complaint | undefined {
  const own = /^packages\/(\w+)\//.exec(file.path)?.[1];
  if (own === undefined) return undefined;
  if (specifier.startsWith('.')) {
    const inside = resolveImport(file, specifier).startsWith(`packages/${own}/`);
    return inside ? undefined : `${file.path} reaches into another package: ${specifier}`;
  }
  if (/^(?:node:)?timers/.test(specifier)) {
    return `${file.path} must wait on a Clock, not ${specifier}`;
  }
  const other =
    /^@fernsight\/(\w+)/.exec(specifier)?.[1] ?? (specifier === 'fernsight' ? 'cli' : undefined);
  if (other !== undefined) {
    return MAY_IMPORT[own]?.includes(other)
      ? undefined
      : `${file.path} must not import ${specifier}`;
  }
  if (own === 'detect' && !file.isTest)
    return `${file.path} imports ${specifier}; detect imports nothing`;
  return undefined;
}

/** STYLE 13: time, chance and the process come in as arguments. */
export function forbiddenCalls(files: readonly SourceFile[]): Complaint[] {
  // browser.ts reads where the machine keeps its browser, for tests alone
  const allowed = /^packages\/base\/src\/(clock|rng)\.ts$|\/main\.tsx?$|^tools\/src\/browser\.ts$/;
  const call =
    /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.|(?<![.\w])(?:setTimeout|setInterval)\(|\bMath\.random\b|\b(?:randomBytes|randomUUID|randomInt|getRandomValues)\b|\bprocess\.(?:env|exit|hrtime)\b|\{[^}]*\b(?:env|exit|hrtime|random)\b[^}]*\}\s*=\s*(?:process|Math)\b/g;
  const elsewhere = files.filter(({ path, isGenerated }) => !allowed.test(path) && !isGenerated);
  return inspect(
    elsewhere,
    call,
    (match) => `${match[0]} belongs in clock.ts, rng.ts or a main.ts`,
  );
}

/** I5: in `detect` only + − × ÷ √ and its own exp and log. The evaluation measures, it does not judge. */
export function inexactMath(files: readonly SourceFile[]): Complaint[] {
  const judging = files.filter(
    ({ path, isTest }) =>
      path.startsWith('packages/detect/src/') && !isTest && !path.includes('/evaluation/'),
  );
  const inexact =
    /\bMath\.(?:exp|expm1|log|log1p|log2|log10|pow|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|cbrt|hypot)\b|\*\*/g;
  return inspect(judging, inexact, (match) => `${match[0]} differs between engines`);
}

/** STYLE 22, 25, 31 and the escapes from the types */
export function looseEnds(files: readonly SourceFile[]): Complaint[] {
  const ownRules = /^tools\/src\/tidy/;
  const code =
    /\b(?:it|test|describe)\.(?:skip|skipIf|runIf|only|todo|fails)\b|\.skip\(|\bcatch\s*(?:\([^)]*\))?\s*\{\s*\}|\.catch\(\s*\(\s*\)\s*=>\s*(?:\{\s*\}|undefined)\s*\)|\bas any\b|\bas unknown as\b/g;
  const comment = /@ts-(?:ignore|expect-error|nocheck)|biome-ignore|\b(?:TODO|FIXME|XXX)\b/g;
  const checked = files.filter(({ path, isGenerated }) => !isGenerated && !ownRules.test(path));
  return [
    ...inspect(checked, code, (match) => match[0]),
    ...checked.flatMap((file) => find({ file, text: file.comments }, comment, (match) => match[0])),
  ];
}

/** STYLE 19 */
export function missingHeaders(files: readonly SourceFile[]): Complaint[] {
  return files
    .filter(
      ({ path, isTest, isGenerated }) =>
        !isTest && !isGenerated && !/(index|\.config|\.d)\.ts$/.test(path),
    )
    .filter(
      ({ text }) =>
        !text
          .replace(/^#![^\n]*\n/, '')
          .trimStart()
          .startsWith('/**'),
    )
    .map(({ path }) => `${path} does not say what it is for`);
}

/** A source that nothing imports and nobody starts is dead. */
export function deadFiles(files: readonly SourceFile[]): Complaint[] {
  const imported = new Set(
    files.flatMap((file) =>
      file.imports
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => resolveImport(file, specifier)),
    ),
  );
  const started = startedFiles(files);
  return files
    .filter(({ path, isTest }) => !isTest || path.includes('.contract.'))
    .filter(
      ({ path }) => !/(\/(index|main|agent|client|inline)\.tsx?|\.config\.ts|\.d\.ts)$/.test(path),
    )
    .filter(({ path }) => !imported.has(path) && !started.has(path))
    .map(({ path }) => `${path} is reached by nothing`);
}

/** Files that a script, a worker thread or a build names by URL or path. */
function startedFiles(files: readonly SourceFile[]): Set<string> {
  const byUrl = files.flatMap((file) =>
    [...file.text.matchAll(/new URL\(\s*'([^']+\.ts)'/g)].map((match) =>
      resolveImport(file, match[1] ?? ''),
    ),
  );
  const scripts = ['tools', 'bench'].flatMap((folder) =>
    files.filter(
      ({ path, text }) => path.startsWith(`${folder}/`) && text.includes('import.meta.main'),
    ),
  );
  return new Set([...byUrl, ...scripts.map(({ path }) => path)]);
}

/** The project stands on any machine. */
export function placesOfThisMachine(files: readonly SourceFile[]): Complaint[] {
  const place = /\/(?:root|home\/\w+|work\/(?:main|shared))\b/g;
  return files
    .filter(
      ({ path }) => existsSync(join(ROOT, path)) === false || !path.startsWith('tools/src/tidy'),
    )
    .flatMap((file) =>
      find({ file, text: file.text }, place, (match) => `${match[0]} is a place of one machine`),
    );
}

function inspect(
  files: readonly SourceFile[],
  pattern: RegExp,
  judge: (match: RegExpExecArray) => string | undefined,
): Complaint[] {
  return files.flatMap((file) => find({ file, text: file.code }, pattern, judge));
}

function find(
  { file, text }: { readonly file: SourceFile; readonly text: string },
  pattern: RegExp,
  judge: (match: RegExpExecArray) => string | undefined,
): Complaint[] {
  const complaints: Complaint[] = [];
  for (const match of text.matchAll(pattern)) {
    const what = judge(match);
    if (what === undefined) continue;
    complaints.push(`${file.path}:${text.slice(0, match.index).split('\n').length} ${what}`);
  }
  return complaints;
}
