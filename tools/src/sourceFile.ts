/**
 * The sources as the tidy test sees them: every TypeScript file that git tracks or would track, with its code free of
 * comments and of the insides of strings, and the modules it imports.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import jsTokens from 'js-tokens';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface SourceFile {
  /** from the root, with slashes */
  readonly path: string;
  readonly text: string;
  /** the text with comments and string contents blanked, line breaks kept */
  readonly code: string;
  /** the comments alone, the rest blanked */
  readonly comments: string;
  /** specifiers as written */
  readonly imports: readonly string[];
  readonly isTest: boolean;
  readonly isGenerated: boolean;
}

/** @returns paths of all files under the root that git does not ignore */
export function listFiles(): string[] {
  const output = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const deleted = execFileSync('git', ['ls-files', '-d', '-z'], { cwd: ROOT, encoding: 'utf8' });
  const gone = new Set(deleted.split('\0'));
  return output.split('\0').filter((path) => path !== '' && !gone.has(path));
}

/** @returns every TypeScript source */
export function readSources(): SourceFile[] {
  return listFiles()
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => readSource(path, readFileSync(join(ROOT, path), 'utf8')));
}

export function readSource(path: string, text: string): SourceFile {
  const tokens = /\.tsx?$/.test(path) ? splitTokens(path, text) : [];
  return {
    path,
    text,
    code: tokens.map(codeOf).join(''),
    comments: tokens.map(commentOf).join(''),
    imports: [...text.matchAll(/(?:from|import|require)\s*\(?\s*['"]([^'"\n]+)['"]/g)].map(
      (match) => match[1] ?? '',
    ),
    isTest: /\.(test|contract)\.tsx?$/.test(path),
    isGenerated: path.includes('/generated/'),
  };
}

/** @returns the path of the file that a relative import names */
export function resolveImport(file: SourceFile, specifier: string): string {
  return normalize(join(dirname(file.path), specifier));
}

/** The text token by token; a regular expression or a template keeps its quotes to itself. */
function splitTokens(
  path: string,
  text: string,
): { readonly type: string; readonly value: string }[] {
  return [...jsTokens(text, { jsx: path.endsWith('x') })];
}

const STRINGS = new Set([
  'StringLiteral',
  'NoSubstitutionTemplate',
  'TemplateHead',
  'TemplateMiddle',
  'TemplateTail',
  'RegularExpressionLiteral',
  'JSXString',
  'JSXText',
]);
const COMMENTS = new Set(['SingleLineComment', 'MultiLineComment']);

/** Code with the insides of strings, templates, regular expressions and page text gone, and comments wholly. */
function codeOf({ type, value }: { readonly type: string; readonly value: string }): string {
  if (COMMENTS.has(type)) return breaksOf(value);
  if (!STRINGS.has(type)) return value;
  return type === 'JSXText' ? breaksOf(value) : value[0] + breaksOf(value) + value.at(-1);
}

function commentOf({ type, value }: { readonly type: string; readonly value: string }): string {
  return COMMENTS.has(type) ? value : breaksOf(value);
}

function breaksOf(value: string): string {
  return value.replace(/[^\n]/g, '');
}
