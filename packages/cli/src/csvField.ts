/** A field of CSV as we write it: quoted only where it must be (RFC 4180, 2.6 and 2.7). */
export function quoteField(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
