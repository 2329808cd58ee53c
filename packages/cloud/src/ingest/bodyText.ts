/**
 * A body's text, and where in it something is wrong. JSON is UTF-8 (RFC 8259, 8.1), and so is line protocol: bytes that
 * are none would be stored as U+FFFD, and two names as one, so that they are refused. A byte order mark is passed over.
 */
import { isUtf8 } from 'node:buffer';
import { locateFault } from './locateFault.ts';
import { RequestFault } from './requestFault.ts';

/** @returns the place at which a text that was cut ends, as its format names places */
export type PlaceAtEnd = (prefix: string) => string;

const BYTE_ORDER_MARK = 0xfeff;

/** @throws RequestFault (400) with the place of the first byte that is not UTF-8 */
export function bodyText(body: Uint8Array, placeAtEnd: PlaceAtEnd): string {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const text = bytes.toString('utf8');
  if (!isUtf8(bytes)) {
    const pointer = placeAtEnd(soundPrefix(bytes, text));
    throw new RequestFault(400, `the body is not UTF-8: ${shownPlace(pointer)} has other bytes`, {
      hint: 'encode it as UTF-8',
      errors: [{ pointer, detail: 'has bytes that are not UTF-8' }],
    });
  }
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
}

export const placeInJson: PlaceAtEnd = (prefix) => locateFault(prefix).pointer;

export const placeInLines: PlaceAtEnd = (prefix) => `line ${prefix.split('\n').length}`;

export const placeInNdjson: PlaceAtEnd = (prefix) =>
  placeInLines(prefix) + placeInJson(prefix.slice(prefix.lastIndexOf('\n') + 1));

export function shownPlace(pointer: string): string {
  return pointer === '' ? 'its root' : pointer;
}

/** @returns what stands before the first byte that was replaced. O(bytes) */
function soundPrefix(bytes: Buffer, text: string): string {
  const replaced = Buffer.from(text);
  let at = 0;
  while (at < bytes.length && bytes[at] === replaced[at]) at++;
  return bytes.toString('utf8', 0, at);
}
