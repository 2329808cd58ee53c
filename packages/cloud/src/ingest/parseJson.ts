/** JSON from outside: what does not parse, or nests too deep, is refused with its place (locateFault.ts). */
import { JSON_DEPTH_MAX } from '../limits.ts';
import { bodyText, placeInJson, shownPlace } from './bodyText.ts';
import { locateFault } from './locateFault.ts';
import { RequestFault } from './requestFault.ts';

/** @throws RequestFault (400) with the path of the fault */
export function parseJson(body: Uint8Array): unknown {
  const text = bodyText(body, placeInJson);
  if (text.trim() === '') throw new RequestFault(400, 'the body is empty', { hint: 'send JSON' });
  try {
    if (nestsTooDeep(text)) throw new SyntaxError('too deep');
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { pointer, detail } = locateFault(text);
    throw new RequestFault(400, `the body is not JSON: at ${shownPlace(pointer)} ${detail}`, {
      hint: 'JSON has no NaN and no Infinity: leave out readings that are not there',
      errors: [{ pointer, detail }],
    });
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
