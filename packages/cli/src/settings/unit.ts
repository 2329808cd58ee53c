/** Quantities as people write them in flags and files: `30s`, `512MB`, `60x`. Inside they are plain numbers. */
import { ParseFault } from '@fernsight/base';

const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const BYTES = { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 } as const;
const NUMBER_AND_UNIT = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/;

/** @returns milliseconds. @throws ParseFault */
export function parseDuration(text: string): number {
  return parseQuantity(text, MS, { what: 'a duration', hint: 'write 500ms, 30s, 5m, 1h or 7d' });
}

/** @returns bytes, decimal multiples. @throws ParseFault */
export function parseSize(text: string): number {
  return parseQuantity(text, BYTES, { what: 'a size', hint: 'write 512MB or 2GB' });
}

/** @returns how many times faster than it was recorded, or as fast as it goes. @throws ParseFault */
export function parseSpeed(text: string): number | 'max' {
  if (text === 'max') return 'max';
  const factor = Number(/^(\d+(?:\.\d+)?)x?$/.exec(text.trim())?.[1]);
  if (factor > 0) return factor;
  refuse(text, { what: 'a speed', hint: 'write 1x for its own pace, 60x, or max' });
}

/** @returns the shortest exact text: 90000 ms is `90s`, 60000 is `1m` */
export function formatDuration(ms: number): string {
  return formatQuantity(ms, MS);
}

/** @returns the shortest exact text */
export function formatSize(bytes: number): string {
  return formatQuantity(bytes, BYTES);
}

interface Named {
  readonly what: string;
  readonly hint: string;
}

function parseQuantity(text: string, units: Readonly<Record<string, number>>, named: Named) {
  const match = NUMBER_AND_UNIT.exec(text.trim());
  const scale = units[match?.[2] ?? ''];
  if (match === null || scale === undefined) refuse(text, named);
  return Math.round(Number(match[1]) * scale);
}

function formatQuantity(value: number, units: Readonly<Record<string, number>>): string {
  let best = String(value);
  for (const [unit, scale] of Object.entries(units)) {
    if (value % scale === 0 && (value > 0 || scale === 1)) best = `${value / scale}${unit}`;
  }
  return best;
}

function refuse(text: string, { what, hint }: Named): never {
  throw new ParseFault(`${JSON.stringify(text)} is not ${what}`, { op: 'settings.parse', hint });
}
