/**
 * Where JSON breaks, as a path: a body that does not parse (a bare NaN is the usual one) is read again by a locator that
 * names it, because "unexpected token at 48213" helps nobody.
 */
import { JSON_DEPTH_MAX } from '../limits.ts';

export interface Located {
  /** JSON pointer of the value at which parsing breaks */
  readonly pointer: string;
  readonly detail: string;
}

/** @param text that JSON.parse refuses. O(characters) */
export function locateFault(text: string): Located {
  const locator = new Locator(text);
  try {
    locator.value(0);
    locator.end();
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return { pointer: locator.pointer(), detail: error.message };
  }
  return { pointer: '', detail: 'it cannot be read' };
}

class Broken extends Error {}

/** No name of a field is longer; what a stranger calls one may be, and would be all of an answer. */
const KEY_LENGTH_MAX = 60;

function shortened(key: string): string {
  return key.length > KEY_LENGTH_MAX ? `${key.slice(0, KEY_LENGTH_MAX)}…` : key;
}

const LITERAL = /true|false|null/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const [QUOTE, BACKSLASH, FIRST_PRINTABLE] = [0x22, 0x5c, 0x20];
const BLANK = /[ \t\n\r]*/y;
const WORD = /[^\s,\]}:"]{1,24}/y;

/** Walks the grammar of RFC 8259 and keeps the path; it builds nothing. */
class Locator {
  readonly #text: string;
  readonly #path: (string | number)[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  pointer(): string {
    return this.#path
      .map((key) => `/${shortened(String(key)).replaceAll('~', '~0').replaceAll('/', '~1')}`)
      .join('');
  }

  value(depth: number): void {
    if (depth > JSON_DEPTH_MAX) throw new Broken(`it nests deeper than ${JSON_DEPTH_MAX}`);
    this.#match(BLANK);
    const next = this.#text[this.#at];
    if (next === '{') this.#object(depth);
    else if (next === '[') this.#array(depth);
    else if (next === '"') this.#string();
    else if (this.#match(LITERAL) === undefined && this.#match(NUMBER) === undefined)
      this.#broken('a value');
    this.#match(BLANK);
  }

  end(): void {
    this.#match(BLANK);
    if (this.#at < this.#text.length) this.#broken('the end');
  }

  #object(depth: number): void {
    this.#at++;
    this.#match(BLANK);
    if (this.#take('}')) return;
    for (;;) {
      this.#match(BLANK);
      this.#path.push(JSON.parse(this.#string()));
      this.#match(BLANK);
      if (!this.#take(':')) this.#broken('":"');
      this.value(depth + 1);
      this.#path.pop();
      if (this.#take('}')) return;
      if (!this.#take(',')) this.#broken('"," or "}"');
    }
  }

  #array(depth: number): void {
    this.#at++;
    this.#match(BLANK);
    if (this.#take(']')) return;
    for (let index = 0; ; index++) {
      this.#path.push(index);
      this.value(depth + 1);
      this.#path.pop();
      if (this.#take(']')) return;
      if (!this.#take(',')) this.#broken('"," or "]"');
    }
  }

  /** RFC 8259, 7. A text may be all of the body: it is walked, for a pattern over it would keep each of its steps. */
  #string(): string {
    const start = this.#at;
    if (!this.#take('"')) this.#broken('text in double quotes');
    while (this.#at < this.#text.length) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === QUOTE) return this.#text.slice(start, ++this.#at);
      if (code < FIRST_PRINTABLE)
        throw new Broken('text holds a control character that is not escaped');
      if (code !== BACKSLASH) this.#at++;
      else if (this.#match(ESCAPE) === undefined) throw new Broken('text holds an unknown escape');
    }
    throw new Broken('text has no end');
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #broken(wanted: string): never {
    const word = this.#match(WORD) ?? this.#text[this.#at];
    throw new Broken(
      word === undefined
        ? `it ends where ${wanted} should stand`
        : `${word} stands where ${wanted} should`,
    );
  }
}
