/** Numbers and times as people read them, in the viewer's language for numbers and zone for times. */

const US_PER_MS = 1000;
const plain = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });
const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const millions = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 6 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** How values up to a size are written, beside a chart as on its axis. */
function notationOf(size: number): 'plain' | 'millions' | 'power' {
  if (size === 0) return 'plain';
  // six digits of more are a thousand million
  if (size < 1e-4 || size >= 999.9995e6) return 'power';
  return size < 1e7 ? 'plain' : 'millions';
}

/** @returns four significant digits, from 1,000 on one decimal: 21.37, 0.004512, 1,013.2; 12.5M, 2.4e+9, 2e-5 */
export function formatValue(value: number): string {
  const size = Math.abs(value);
  switch (notationOf(size)) {
    case 'plain':
      return size >= 1000 ? tenths.format(value) : plain.format(value);
    case 'millions':
      return millions.format(value);
    case 'power':
      return Number(value.toPrecision(4)).toExponential();
  }
}

/**
 * @param splits ascending, a step apart: where the labels of a value axis stand
 * @returns a label each, with the digits that tell them apart: 0.40, 1,013.5, 12.5M, 2.4e+9, 2e-5
 */
export function axisLabels(splits: readonly number[]): string[] {
  const [first = 0] = splits;
  const last = splits.at(-1) ?? first;
  const largest = Math.max(Math.abs(first), Math.abs(last));
  const step = splits.length < 2 ? largest || 1 : (last - first) / (splits.length - 1);
  // what floating point leaves of a zero is none
  const values = splits.map((value) => (Math.abs(value) < step * 1e-6 ? 0 : value));
  const decimals = decimalsOf(step);
  const figures = Math.floor(Math.log10(largest)) + decimals;
  const notation = notationOf(largest);
  if (notation === 'power') {
    const digits = Math.min(15, Math.max(0, figures));
    return values.map((value) => (value === 0 ? '0' : value.toExponential(digits)));
  }
  const format = new Intl.NumberFormat(
    'en',
    notation === 'millions'
      ? { notation: 'compact', ...fixedAt(Math.min(15, Math.max(0, decimals + 6))) }
      : fixedAt(Math.min(15, Math.max(0, decimals))),
  );
  return values.map((value) => format.format(value));
}

/** @returns digits after the point that a step of 1, 2, 2.5 or 5 times a power of ten needs; negative from 10 on */
function decimalsOf(step: number): number {
  const power = Math.floor(Math.log10(step) + 1e-6);
  const mantissa = step / 10 ** power;
  return (Math.abs(mantissa - Math.round(mantissa)) < 1e-3 ? 0 : 1) - power;
}

function fixedAt(decimals: number): Intl.NumberFormatOptions {
  return { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
}

export function formatQuantity(value: number | null, unit: string | undefined): string {
  if (value === null) return '–';
  return unit === undefined || unit === '' ? formatValue(value) : `${formatValue(value)} ${unit}`;
}

/** @returns 950, 12,840, 1.25M */
export function formatCount(count: number): string {
  return count < 100_000 ? grouped.format(count) : compact.format(count);
}

/** @returns 40 kB, 5 MB, 1.3 GB: in thousands; what is there is at least 1 kB */
export function formatBytes(bytes: number): string {
  if (bytes <= 999e3) return `${Math.ceil(bytes / 1e3)} kB`;
  if (bytes < 999.5e6) return `${Math.round(bytes / 1e6)} MB`;
  return `${tenths.format(bytes / 1e9)} GB`;
}

/** @returns a rate: two digits while small */
export function formatRate(perSecond: number): string {
  return perSecond < 10 ? plain.format(Math.round(perSecond * 10) / 10) : formatCount(perSecond);
}

/** A score in [0, 1] as a percentage; 100 % only when it is 1. */
export function formatScore(score: number): string {
  return `${Math.floor(score * 100)} %`;
}

const UNITS = [
  { us: 86_400_000_000, short: 'd' },
  { us: 3_600_000_000, short: 'h' },
  { us: 60_000_000, short: 'min' },
  { us: 1_000_000, short: 's' },
] as const;

/** @returns the largest whole unit: 3 s, 12 min, 5 h, 40 d */
export function formatSpan(us: number): string {
  const unit = UNITS.find((candidate) => us >= candidate.us) ?? UNITS[3];
  return `${Math.floor(us / unit.us)} ${unit.short}`;
}

/** @returns `just now` within two seconds, which receipt and drawing take anyway; else `12 min ago` */
export function formatAge(us: number): string {
  return us < 2_000_000 ? 'just now' : `${formatSpan(us)} ago`;
}

const clockTime = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const dayTime = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const yearTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const DAY_US = 86_400_000_000;

/** @returns the time of day; with the day where it is not today, with the year where it is long ago */
export function formatTime(tsUs: number, nowUs: number): string {
  const ms = tsUs / US_PER_MS;
  const away = Math.abs(nowUs - tsUs);
  if (away < DAY_US && sameDay(tsUs, nowUs)) return clockTime.format(ms);
  return (away < 300 * DAY_US ? dayTime : yearTime).format(ms);
}

/** @returns day, year and time, for a tooltip */
export function formatMoment(tsUs: number): string {
  return yearTime.format(tsUs / US_PER_MS);
}

const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'short' });

function sameDay(aUs: number, bUs: number): boolean {
  return day.format(aUs / US_PER_MS) === day.format(bUs / US_PER_MS);
}
