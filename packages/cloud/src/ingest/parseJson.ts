/**
 * JSON from outside. A body that does not parse (a bare NaN is the usual one) is read again by a locator that names the
 * path at which it breaks, because "unexpected token at 48213" helps nobody.
 */
import { JSON_DEPTH_MAX } from '../limits.ts';
import { RequestFault } from './requestFault.ts';

/** @throws RequestFault (400) with the path of the fault */
export function parseJson(body: Uint8Array): unknown {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  if (text.trim() === '') throw new RequestFault(400, 'the body is empty', { hint: 'send JSON' });
  try {
    if (nestsTooDeep(text)) throw new SyntaxError('too deep');
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { pointer, detail } = locateFault(text);
    throw new RequestFault(
      400,
      `the body is not JSON: at ${pointer === '' ? 'its root' : pointer} ${detail}`,
      {
        hint: 'JSON has no NaN and no Infinity: leave out readings that are not there',
        errors: [{ pointer, detail }],
      },
    );
  }
}

/** @returns whether JSON nests deeper than the wire ever does: what reads it further may recurse. O(characters) */
export function nestsTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at + 1);
    else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      if (++depth > JSON_DEPTH_MAX) return true;
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--;
  }
  return false;
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** @returns the place of the quote that ends a string, or the text's end */
function endOfString(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) {
    at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  }
  return at;
}

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

const LITERAL = /true|false|null/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** RFC 8259, 7: `unescaped` holds no control character, quote or backslash. */
const STRING = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
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
      .map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`)
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

  #string(): string {
    return this.#match(STRING) ?? this.#broken('text in double quotes');
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
