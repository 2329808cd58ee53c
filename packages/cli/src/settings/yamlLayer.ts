/** The layer of a YAML file: sections of settings. Apart from the others, so that only who has a file loads a parser. */
import { readFileSync } from 'node:fs';
import { errorMessage, UsageFault } from '@fernsight/base';
import { isMap, isScalar, LineCounter, type Pair, parseDocument } from 'yaml';
import type { Assignment } from './layers.ts';

/** @throws UsageFault where the file cannot be read or is not a map of maps */
export function yamlLayer(path: string): Assignment[] {
  const lines = new LineCounter();
  const document = parseDocument(readText(path), { lineCounter: lines });
  const fault = document.errors[0];
  if (fault !== undefined)
    refuse(`${path} is not YAML: ${fault.message.split('\n')[0]?.replace(/:$/, '')}`, path);
  if (document.contents === null) return [];
  const origin = (pair: Pair) => {
    const start = isScalar(pair.key) ? pair.key.range?.[0] : undefined;
    return start === undefined ? path : `${path}:${lines.linePos(start).line}`;
  };
  const assignments: Assignment[] = [];
  for (const section of pairsOf(document.contents, path)) {
    for (const pair of pairsOf(section.value, origin(section))) {
      const value: unknown = document.createNode(pair.value).toJS(document);
      assignments.push({
        section: String(section.key),
        key: String(pair.key),
        raw: value,
        origin: origin(pair),
      });
    }
  }
  return assignments;
}

function pairsOf(node: unknown, origin: string): readonly Pair[] {
  if (isMap(node)) return node.items;
  if (node === null || (isScalar(node) && node.value === null)) return [];
  refuse(`${origin}: a map of settings is expected here`, origin);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageFault(`cannot read ${path}: ${errorMessage(error)}`, {
      op: 'settings.read',
      hint: 'check the path and its permissions',
      cause: error,
    });
  }
}

function refuse(message: string, path: string): never {
  throw new UsageFault(message, {
    op: 'settings.read',
    hint: `${path.replace(/:\d+$/, '')} holds sections with settings, as "fernsight config" prints them`,
  });
}
