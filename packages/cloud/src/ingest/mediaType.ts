/** What readings come as, by their Content-Type. */

export type Format = 'json' | 'ndjson' | 'lines';

const FORMATS: ReadonlyMap<string, Format> = new Map([
  ['', 'json'],
  ['application/json', 'json'],
  ['text/json', 'json'],
  ['application/x-ndjson', 'ndjson'],
  ['application/ndjson', 'ndjson'],
  ['application/jsonl', 'ndjson'],
  ['text/plain', 'lines'],
  ['application/x-influxdb-line-protocol', 'lines'],
]);

/** @returns the media type of a header field, lower case, without parameters; empty where there is none */
export function mediaType(field: string | undefined): string {
  return (field ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** @returns undefined for a media type that readings do not come as */
export function formatOf(type: string): Format | undefined {
  return FORMATS.get(type);
}
