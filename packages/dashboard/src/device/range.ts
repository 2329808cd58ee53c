/**
 * The stretch of time that the charts show: `live` ends now and moves on; `fixed` stands. Zooming and panning turn the
 * first into the second. It stands in the address, so that a moment can be shared.
 */

export type Range =
  | { readonly kind: 'live'; readonly spanUs: number }
  | {
      readonly kind: 'fixed';
      readonly fromUs: number;
      readonly toUs: number;
      /** the moment that the viewer came for */
      readonly atUs?: number;
    };

const SECOND_US = 1_000_000;
const DAY_US = 86_400 * SECOND_US;
/** Below a second there is nothing but single readings; five years is what hours are kept for. */
export const SPAN_US_MIN = SECOND_US;
export const SPAN_US_MAX = 5 * 366 * DAY_US;

/** The choices that the page offers. */
export const SPANS: readonly {
  readonly name: string;
  readonly words: string;
  readonly us: number;
}[] = [
  { name: '5m', words: 'five minutes', us: 300 * SECOND_US },
  { name: '1h', words: 'an hour', us: 3600 * SECOND_US },
  { name: '6h', words: 'six hours', us: 6 * 3600 * SECOND_US },
  { name: '1d', words: 'a day', us: DAY_US },
  { name: '7d', words: 'a week', us: 7 * DAY_US },
  { name: '30d', words: 'thirty days', us: 30 * DAY_US },
  { name: '1y', words: 'a year', us: 365 * DAY_US },
];

export const LAST_HOUR: Range = { kind: 'live', spanUs: 3600 * SECOND_US };

/** @returns the range in the address, or the last hour where there is none that makes sense */
export function parseRange(query: URLSearchParams): Range {
  const fromUs = Number(query.get('from') ?? Number.NaN);
  const toUs = Number(query.get('to') ?? Number.NaN);
  if (Number.isSafeInteger(fromUs) && Number.isSafeInteger(toUs) && fromUs < toUs) {
    const atUs = Number(query.get('at') ?? Number.NaN);
    return { ...fixed(fromUs, toUs), ...(Number.isSafeInteger(atUs) ? { atUs } : {}) };
  }
  const span = SPANS.find(({ name }) => name === query.get('span'));
  return span === undefined ? LAST_HOUR : { kind: 'live', spanUs: span.us };
}

export function rangeQuery(range: Range): Record<string, string> {
  if (range.kind === 'fixed') {
    const { fromUs, toUs, atUs } = range;
    const moment: Record<string, string> = atUs === undefined ? {} : { at: String(atUs) };
    return { from: String(fromUs), to: String(toUs), ...moment };
  }
  const span = SPANS.find(({ us }) => us === range.spanUs);
  return span === undefined || span.us === 3600 * SECOND_US ? {} : { span: span.name };
}

type Fixed = Range & { readonly kind: 'fixed' };

/** @returns a fixed range of whole microseconds within the bounds, its middle kept */
export function fixed(fromUs: number, toUs: number): Fixed {
  const spanUs = Math.min(SPAN_US_MAX, Math.max(SPAN_US_MIN, toUs - fromUs));
  const middle = (fromUs + toUs) / 2;
  const start = Math.round(middle - spanUs / 2);
  return { kind: 'fixed', fromUs: start, toUs: start + Math.round(spanUs) };
}

function momentOf(range: Range): { readonly atUs?: number } {
  return range.kind === 'live' || range.atUs === undefined ? {} : { atUs: range.atUs };
}

export function spanOf(range: Range): number {
  return range.kind === 'live' ? range.spanUs : range.toUs - range.fromUs;
}

/** @returns where the range begins and ends at `nowUs` */
export function bounds(
  range: Range,
  nowUs: number,
): { readonly fromUs: number; readonly toUs: number } {
  if (range.kind === 'fixed') return range;
  return { fromUs: nowUs - range.spanUs, toUs: nowUs };
}

/** @param factor below 1 zooms in; the middle stays where it is, of a live range its end */
export function zoom(range: Range, factor: number, nowUs: number): Range {
  const { fromUs, toUs } = bounds(range, nowUs);
  if (range.kind === 'live') {
    const spanUs = Math.min(SPAN_US_MAX, Math.max(SPAN_US_MIN, range.spanUs * factor));
    return fixed(toUs - spanUs, toUs);
  }
  const middle = (fromUs + toUs) / 2;
  const half = ((toUs - fromUs) * factor) / 2;
  return { ...momentOf(range), ...fixed(middle - half, middle + half) };
}

/** @param share of the span, positive to later; a range that would end after now becomes live again */
export function pan(range: Range, share: number, nowUs: number): Range {
  const { fromUs, toUs } = bounds(range, nowUs);
  const byUs = (toUs - fromUs) * share;
  const span = SPANS.find(({ us }) => us === toUs - fromUs);
  if (toUs + byUs >= nowUs && share > 0 && span !== undefined)
    return { kind: 'live', spanUs: span.us };
  return { ...momentOf(range), ...fixed(fromUs + byUs, toUs + byUs) };
}

/** @returns a range around one moment, wide enough to see what led to it */
export function around(tsUs: number): Range {
  return { ...fixed(tsUs - 600 * SECOND_US, tsUs + 600 * SECOND_US), atUs: tsUs };
}
