/** A time that may come back: a maintenance window as the cloud and its agents hold it. */
export interface Span {
  readonly startUs: number;
  readonly endUs: number;
  /** from one start to the next; null: once */
  readonly everyUs: number | null;
}

/** @returns whether a span covers a moment */
export function covers({ startUs, endUs, everyUs }: Span, atUs: number): boolean {
  if (atUs < startUs) return false;
  const sinceUs = everyUs === null ? atUs - startUs : (atUs - startUs) % everyUs;
  return sinceUs < endUs - startUs;
}
