/**
 * Charts as inline SVG: a curve over the unit square, and a histogram of scores.
 *
 * Colours are the page's custom properties, so that one drawing serves light and dark. Each chart is an image to a
 * screen reader, with a title and a sentence that says what it shows; the numbers stand in the page's tables.
 */

const SIZE = 320;
const LEFT = 44;
const BOTTOM = 36;
const TOP = 10;
const RIGHT = 12;
const TICKS = [0, 0.25, 0.5, 0.75, 1];

export interface Point {
  /** both in [0, 1] */
  readonly x: number;
  readonly y: number;
}

export interface CurveChart {
  /** unique on the page, for the image's name */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly points: readonly Point[];
  /** straight from point to point, or level until the next one */
  readonly shape: 'line' | 'steps';
  /** what a detector that knows nothing would draw */
  readonly baseline: readonly [Point, Point];
  /** where the model's threshold stands */
  readonly mark: Point;
}

/** @returns an svg element */
export function renderCurve(chart: CurveChart): string {
  const line = path(chart.points, chart.shape);
  const last = chart.points.at(-1) ?? { x: 0, y: 0 };
  const first = chart.points[0] ?? { x: 0, y: 0 };
  const area = `${line}L${place({ x: last.x, y: 0 })}L${place({ x: first.x, y: 0 })}Z`;
  return frame(
    chart,
    [
      TICKS.map((tick) => gridLines(tick)).join(''),
      `<path class="baseline" d="${path(chart.baseline, 'line')}"/>`,
      `<path class="area" d="${area}"/>`,
      `<path class="curve" d="${line}"/>`,
      `<circle class="mark" cx="${px(chart.mark.x)}" cy="${py(chart.mark.y)}" r="5"/>`,
    ].join(''),
  );
}

export interface HistogramChart {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** rows by score, bins of equal width over [0, 1] */
  readonly normal: readonly number[];
  readonly anomalous: readonly number[];
  readonly threshold: number;
}

/** @returns an svg element: bars on a logarithmic scale, or the few anomalies could not be seen beside the rest */
export function renderHistogram(chart: HistogramChart): string {
  const most = Math.max(1, ...chart.normal, ...chart.anomalous);
  const height = (count: number) => Math.log1p(count) / Math.log1p(most);
  const bars = (counts: readonly number[], name: string) =>
    counts.map((count, k) => {
      if (count === 0) return '';
      const left = px(k / counts.length);
      const right = px((k + 1) / counts.length);
      return `<path class="${name}" d="M${left} ${py(0)}V${py(height(count))}H${right}V${py(0)}Z"/>`;
    });
  const x = px(chart.threshold);
  return frame(
    { ...chart, xLabel: 'score', yLabel: 'rows (logarithmic)' },
    [
      ...TICKS.map((tick) => gridLines(tick, false)),
      ...bars(chart.normal, 'normal'),
      ...bars(chart.anomalous, 'anomalous'),
      `<path class="threshold" d="M${x} ${py(0)}V${py(1)}"/>`,
    ].join(''),
  );
}

interface Frame {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly xLabel: string;
  readonly yLabel: string;
}

function frame(chart: Frame, body: string): string {
  const middle = round((py(0) + py(1)) / 2);
  return [
    `<svg viewBox="0 0 ${SIZE} ${SIZE}" role="img" aria-labelledby="${chart.id}-t ${chart.id}-d">`,
    `<title id="${chart.id}-t">${escapeHtml(chart.title)}</title>`,
    `<desc id="${chart.id}-d">${escapeHtml(chart.description)}</desc>`,
    body,
    `<text class="axis" x="${px(0.5)}" y="${SIZE - 4}" text-anchor="middle">${chart.xLabel}</text>`,
    `<text class="axis" x="12" y="${middle}" text-anchor="middle" transform="rotate(-90 12 ${middle})">${chart.yLabel}</text>`,
    '</svg>',
  ].join('');
}

function gridLines(tick: number, numbersOnY = true): string {
  return [
    `<path class="grid" d="M${px(tick)} ${py(0)}V${py(1)}M${px(0)} ${py(tick)}H${px(1)}"/>`,
    `<text class="tick" x="${px(tick)}" y="${py(0) + 14}" text-anchor="middle">${tick}</text>`,
    numbersOnY
      ? `<text class="tick" x="${px(0) - 6}" y="${py(tick) + 4}" text-anchor="end">${tick}</text>`
      : '',
  ].join('');
}

function path(points: readonly Point[], shape: 'line' | 'steps'): string {
  return points
    .map((point, k) => {
      if (k === 0) return `M${place(point)}`;
      return shape === 'line' ? `L${place(point)}` : `V${py(point.y)}H${px(point.x)}`;
    })
    .join('');
}

function place({ x, y }: Point): string {
  return `${px(x)} ${py(y)}`;
}

function px(x: number): number {
  return round(LEFT + x * (SIZE - LEFT - RIGHT));
}

function py(y: number): number {
  return round(SIZE - BOTTOM - y * (SIZE - BOTTOM - TOP));
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

/** @returns text safe in HTML content and in quoted attributes */
export function escapeHtml(text: string): string {
  const names: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => names[character] ?? character);
}
