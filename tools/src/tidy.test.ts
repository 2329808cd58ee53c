/**
 * What the linter cannot hold of docs/STYLE.md: names of files and things, sizes, the one direction of imports, calls
 * that only a few files may make, files that nobody reaches. Each rule is a function from sources to complaints, and
 * each is shown to complain about a planted fault.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listFiles, ROOT, readSource, readSources, type SourceFile } from './sourceFile.ts';
import {
  type Complaint,
  deadFiles,
  forbiddenCalls,
  forbiddenNames,
  importDirection,
  inexactMath,
  looseEnds,
  missingHeaders,
  oversized,
  placesOfThisMachine,
  strayNames,
} from './tidyRules.ts';

const sources = readSources();

const planted: readonly {
  rule: (files: readonly SourceFile[]) => Complaint[];
  path: string;
  text: string;
}[] = [
  { rule: strayNames, path: 'packages/edge/src/utils.ts', text: '' },
  { rule: strayNames, path: 'packages/edge/src/services/outbox.ts', text: '' },
  { rule: strayNames, path: 'packages/edge/src/my_file.ts', text: '' },
  { rule: forbiddenNames, path: 'packages/edge/src/a.ts', text: 'export class OutboxManager {}' },
  { rule: forbiddenNames, path: 'packages/edge/src/a.ts', text: 'interface AbstractSink {}' },
  { rule: oversized, path: 'packages/edge/src/a.ts', text: 'a;\n'.repeat(401) },
  {
    rule: importDirection,
    path: 'packages/edge/src/a.ts',
    text: "import { x } from '@fernsight/cloud';",
  },
  { rule: importDirection, path: 'packages/detect/src/a.ts', text: "import { x } from 'node:fs';" },
  {
    rule: importDirection,
    path: 'packages/edge/src/a.ts',
    text: "import { x } from '../../cloud/src/a.ts';",
  },
  { rule: forbiddenCalls, path: 'packages/edge/src/a.ts', text: 'const t = Date.now();' },
  { rule: forbiddenCalls, path: 'packages/edge/src/a.ts', text: 'setTimeout(f, 1);' },
  { rule: forbiddenCalls, path: 'packages/edge/src/a.ts', text: 'const home = process.env.HOME;' },
  { rule: forbiddenCalls, path: 'packages/edge/src/a.ts', text: 'const { env } = process;' },
  { rule: forbiddenCalls, path: 'packages/edge/src/a.ts', text: 'const { random } = Math;' },
  { rule: forbiddenCalls, path: 'packages/edge/src/a.ts', text: 'process.hrtime.bigint();' },
  {
    rule: importDirection,
    path: 'packages/edge/src/a.ts',
    text: "import { setTimeout as wait } from 'node:timers/promises';",
  },
  {
    rule: importDirection,
    path: 'packages/edge/src/a.ts',
    text: 'import { x } from "@fernsight/cloud";',
  },
  { rule: importDirection, path: 'packages/detect/src/a.ts', text: "require('node:fs');" },
  { rule: looseEnds, path: 'packages/edge/src/a.test.ts', text: "it.skipIf(true)('x', f);" },
  { rule: looseEnds, path: 'packages/edge/src/a.test.ts', text: 'context.skip();' },
  { rule: inexactMath, path: 'packages/detect/src/a.ts', text: 'const y = Math.exp(x);' },
  { rule: looseEnds, path: 'packages/edge/src/a.test.ts', text: "it.skip('x', () => {});" },
  { rule: looseEnds, path: 'packages/edge/src/a.ts', text: 'try { f(); } catch {}' },
  {
    rule: looseEnds,
    path: 'packages/edge/src/a.ts',
    text: `const quote = /['"]/;\nconst b = \`\${x as any}'\`; // biome-${'ignore'} lint: 'x'`,
  },
  { rule: missingHeaders, path: 'packages/edge/src/a.ts', text: 'export const a = 1;' },
  { rule: deadFiles, path: 'packages/edge/src/a.ts', text: 'export const a = 1;' },
  { rule: placesOfThisMachine, path: 'packages/edge/src/a.ts', text: "const p = '/root/x';" },
];

describe('each rule complains about a planted fault', () => {
  for (const { rule, path, text } of planted) {
    it(`${rule.name}: ${path} ${text.slice(0, 40).trim()}`, () => {
      expect(rule([readSource(path, text)])).not.toEqual([]);
    });
  }
});

describe('the tree is tidy', () => {
  const rules = [
    strayNames,
    forbiddenNames,
    oversized,
    importDirection,
    forbiddenCalls,
    inexactMath,
    looseEnds,
    missingHeaders,
    deadFiles,
    placesOfThisMachine,
  ];
  for (const rule of rules) {
    it(rule.name, () => expect(rule(sources)).toEqual([]));
  }

  it('no document or setting names a place of one machine or a registry', () => {
    const texts = listFiles().filter((path) =>
      /\.(md|json|ya?ml|js|css|html|sh|service|sql)$/.test(path),
    );
    const files = texts.map((path) => readSource(path, readFileSync(join(ROOT, path), 'utf8')));
    expect(placesOfThisMachine(files)).toEqual([]);
  });
});
