/** @returns the bytes that a base64 text of our own making stands for. Node and browsers alike. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
