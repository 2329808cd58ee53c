/**
 * The sources as the tidy test sees them: every TypeScript file that git tracks or would track, with its code free of
 * comments and of the insides of strings, and the modules it imports.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

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
  return {
    path,
    text,
    code: blank(text),
    comments: commentsOf(text),
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

const TOKENS =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\$]|\\.|\$(?!\{))*`/g;

function blank(text: string): string {
  return text.replace(TOKENS, (token) => {
    const keep = /^['"`]/.test(token) ? token[0] : '';
    return keep + token.replace(/[^\n]/g, '') + keep;
  });
}

function commentsOf(text: string): string {
  const breaks = (part: string) => part.replace(/[^\n]/g, '');
  let end = 0;
  let comments = '';
  for (const match of text.matchAll(TOKENS)) {
    const token = match[0];
    comments += breaks(text.slice(end, match.index));
    comments += token.startsWith('/') ? token : breaks(token);
    end = match.index + token.length;
  }
  return comments;
}
