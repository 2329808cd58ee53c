/**
 * What the page keeps in the browser's storage: the last known fleet and the last charts, so that a reload shows them at
 * once and a start without a server shows something. Bounded in characters, the least recently put goes first. What it
 * holds is a copy: whatever is damaged, missing or refused by the browser is simply not there.
 */
import { SHELF_CHARS_MAX } from '../limits.ts';
import type { Drawer } from './machine.ts';

const PREFIX = 'fernsight/1/';
const INDEX = `${PREFIX}index`;

/** least recently put first */
type Entries = readonly { readonly key: string; readonly chars: number }[];

export class Shelf {
  readonly #storage: Drawer;
  readonly #charsMax: number;

  constructor(storage: Drawer, charsMax: number = SHELF_CHARS_MAX) {
    this.#storage = storage;
    this.#charsMax = charsMax;
  }

  /** @returns what was put, or undefined; its shape is the caller's to check */
  get(key: string): unknown {
    return parse(this.#storage.getItem(PREFIX + key));
  }

  put(key: string, value: unknown): void {
    const text = JSON.stringify(value);
    const entries = this.#entries().filter((entry) => entry.key !== key);
    if (text.length > this.#charsMax) {
      this.#storage.removeItem(PREFIX + key);
      this.#write(INDEX, JSON.stringify(entries));
      return;
    }
    const kept = this.#makeRoom(entries, this.#charsMax - text.length);
    const isKept = this.#write(PREFIX + key, text);
    const next = isKept ? [...kept, { key, chars: text.length }] : kept;
    this.#write(INDEX, JSON.stringify(next));
  }

  clear(): void {
    for (const { key } of this.#entries()) this.#storage.removeItem(PREFIX + key);
    this.#storage.removeItem(INDEX);
  }

  #makeRoom(entries: Entries, chars: number): Entries {
    let used = entries.reduce((sum, entry) => sum + entry.chars, 0);
    let dropped = 0;
    for (const entry of entries) {
      if (used <= chars) break;
      this.#storage.removeItem(PREFIX + entry.key);
      used -= entry.chars;
      dropped++;
    }
    return entries.slice(dropped);
  }

  #entries(): Entries {
    const value = parse(this.#storage.getItem(INDEX));
    return Array.isArray(value) ? value.filter(isEntry) : [];
  }

  #write(key: string, text: string): boolean {
    try {
      this.#storage.setItem(key, text);
      return true;
    } catch (error) {
      if (error instanceof DOMException) return false;
      throw error;
    }
  }
}

function isEntry(value: unknown): value is Entries[number] {
  return (
    typeof value === 'object' &&
    value !== null &&
    'key' in value &&
    typeof value.key === 'string' &&
    'chars' in value &&
    typeof value.chars === 'number'
  );
}

function parse(text: string | null): unknown {
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
