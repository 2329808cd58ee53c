/**
 * One sensor's chart: uPlot with the range of each point as a band, its mean as a line, the expected band behind, and
 * anomalies on top, each with the sign of its kind. Everything that is drawn and how it is told apart stands here.
 */
import type { Anomaly } from '@fernsight/wire';
import uPlot from 'uplot';
import { isKind, KINDS } from '../anomalies/kinds.ts';
import { labelFont, rem, scale } from '../frame/canvas.ts';
import { axisLabels } from '../frame/format.ts';
import type { Palette } from '../frame/theme.ts';
import { type Columns, loneRows } from './columns.ts';

/** In rem; the strips of the joint view begin where the value axis ends, see `styles/device.css`. */
const AXIS_WIDTH = 4.4;
/** Half of the last time below the axis; the strips end there too. */
const END_WIDTH = 1.4;
const AXIS_HEIGHT = 2.5;
const CHART_HEIGHT = 11.75;
/** A wall has room: charts grow with it, up to so much. */
const CHART_HEIGHT_MAX = 17;
/** How near the pointer must be to a sign to choose it. */
const REACH_PX = 14;

export interface ChartHooks {
  /** seconds; the viewer dragged over this stretch */
  zoomed(from: number, to: number): void;
  /** the row under the cursor, and the anomaly that it is near to */
  pointed(row: number | undefined, anomaly: Anomaly | undefined): void;
  /** what to mark at present */
  marks(): readonly Anomaly[];
  /** the moment that the viewer came for, if any */
  momentUs(): number | undefined;
}

/** @returns a chart in `target`; its data and range come by `setData` and `setScale` */
export function createChart(
  target: HTMLElement,
  { width, colours, hooks }: { width: number; colours: Palette; hooks: ChartHooks },
): uPlot {
  const options: uPlot.Options = {
    width,
    height: chartHeight(),
    legend: { show: false },
    padding: [10, Math.round(END_WIDTH * rem()), 0, 0],
    cursor: {
      sync: { key: 'device' },
      drag: { x: true, y: false, setScale: false },
      points: { show: false },
    },
    scales: { x: { time: true }, y: { range: paddedRange } },
    axes: [timeAxis(colours), valueAxis(colours)],
    series: [
      {},
      { stroke: 'transparent', width: 0, points: { show: false } },
      { stroke: 'transparent', width: 0, points: { show: false } },
      { stroke: 'transparent', width: 0, points: { show: false } },
      { stroke: 'transparent', width: 0, points: { show: false } },
      { stroke: colours.trace, width: 1.25 * scale(), points: lonePoints(colours) },
    ],
    bands: [
      { series: [4, 3], fill: colours.band },
      { series: [2, 1], fill: colours.envelope },
    ],
    hooks: {
      setSelect: [
        (chart) => {
          const { left, width: selected } = chart.select;
          if (selected < 4) return;
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          hooks.zoomed(chart.posToVal(left, 'x'), chart.posToVal(left + selected, 'x'));
        },
      ],
      setCursor: [
        (chart) => hooks.pointed(chart.cursor.idx ?? undefined, markNear(chart, hooks.marks())),
      ],
      draw: [
        (chart) => {
          drawMoment(chart, hooks.momentUs(), colours);
          drawMarks(chart, hooks.marks(), colours);
        },
      ],
    },
  };
  return new uPlot(options, chartData(), target);
}

/** A line needs two neighbours: a reading without one is a dot. */
function lonePoints(colours: Palette): uPlot.Series.Points {
  return {
    show: true,
    filter: (chart, series) => loneRows(chart.data[series] ?? []),
    size: 5 * scale(),
    width: 0,
    fill: colours.trace,
  };
}

/** @returns CSS pixels: a fifth of the window, within bounds */
function chartHeight(): number {
  const least = CHART_HEIGHT * rem();
  return Math.round(Math.min(CHART_HEIGHT_MAX * rem(), Math.max(least, innerHeight / 5)));
}

/** The order of the series above. */
export function chartData(columns?: Columns): uPlot.AlignedData {
  if (columns === undefined) return [[], [], [], [], [], []];
  const { time, min, max, lower, upper, mean } = columns;
  return [time, min, max, lower, upper, mean];
}

/** A tenth of air above and below; a constant lies in the middle. */
function paddedRange(_chart: uPlot, low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const air = high > low ? (high - low) * 0.1 : Math.abs(high) * 0.05 || 1;
  return [low - air, high + air];
}

function valueAxis(colours: Palette): uPlot.Axis {
  return {
    size: Math.round(AXIS_WIDTH * rem()),
    font: labelFont(),
    stroke: colours['ink-soft'],
    grid: { stroke: colours.line, width: 1 },
    ticks: { show: false },
    values: (_chart, splits) => axisLabels(splits),
  };
}

function timeAxis(colours: Palette): uPlot.Axis {
  return {
    ...valueAxis(colours),
    size: Math.round(AXIS_HEIGHT * rem()),
    space: 5 * rem(),
    values: TIME_LABELS,
  };
}

/** Step from which a row holds, label, and what is added where year, month or day begin: uPlot's template, on 24 hours. */
const DAY = '\n{D} {MMM}';
const YEAR = '\n{YYYY}';
const DAY_YEAR = '\n{D} {MMM} {YYYY}';
const TIME_LABELS: uPlot.Axis.Values = [
  [86_400 * 365, '{YYYY}', null, null, null, null, null, null, 1],
  [86_400 * 28, '{MMM}', YEAR, null, null, null, null, null, 1],
  [86_400, '{D} {MMM}', YEAR, null, null, null, null, null, 1],
  [60, '{HH}:{mm}', DAY_YEAR, null, DAY, null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', DAY_YEAR, null, DAY, null, null, null, 1],
  [0.001, '{ss}.{fff}', DAY_YEAR, null, DAY, null, '\n{HH}:{mm}', null, 1],
];

/** @returns device pixels of a CSS pixel, as large as type is */
function pixels(): number {
  return devicePixelRatio * scale();
}

interface Spot {
  readonly x: number;
  readonly y: number;
}

/** @returns where an anomaly lies, canvas pixels; undefined outside of the plot */
function spotOf(chart: uPlot, { tsUs, value }: Anomaly): Spot | undefined {
  const { left, top, width, height } = chart.bbox;
  const x = chart.valToPos(tsUs / 1e6, 'x', true);
  if (x < left || x > left + width) return undefined;
  const y = value === null ? top : chart.valToPos(value, 'y', true);
  return { x, y: Math.min(top + height, Math.max(top, y)) };
}

/** A dashed line from top to bottom. */
function drawMoment(chart: uPlot, tsUs: number | undefined, colours: Palette): void {
  if (tsUs === undefined) return;
  const { ctx, bbox } = chart;
  const x = chart.valToPos(tsUs / 1e6, 'x', true);
  if (x < bbox.left || x > bbox.left + bbox.width) return;
  ctx.save();
  ctx.strokeStyle = colours['ink-soft'];
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

/**
 * Marks below, alarms over them: the sign of its kind, hollow for a mark, filled for an alarm. Of what goes on, the sign
 * stands where it began and dots follow.
 */
function drawMarks(chart: uPlot, marks: readonly Anomaly[], colours: Palette): void {
  const { ctx } = chart;
  ctx.save();
  for (const isAlarm of [false, true]) {
    const signs: Sign[] = [];
    for (const mark of marks.filter(({ alarm }) => alarm === isAlarm).reverse()) {
      const spot = spotOf(chart, mark);
      const path = paths.get(isKind(mark.kind) ? mark.kind : 'spike');
      if (spot === undefined || path === undefined) continue;
      const beforeX = signs.at(-1)?.x ?? Number.NEGATIVE_INFINITY;
      if (spot.x - beforeX > SIGNS_APART_PX * pixels()) {
        signs.push({ ...spot, path, isAlarm });
      } else drawDot(ctx, spot, isAlarm ? colours.alarm : colours.mark);
    }
    for (const sign of signs) drawSign(ctx, sign, colours);
  }
  ctx.restore();
}

const SIGNS_APART_PX = 15;

interface Sign extends Spot {
  readonly path: Path2D;
  readonly isAlarm: boolean;
}

function drawDot(ctx: CanvasRenderingContext2D, { x, y }: Spot, colour: string): void {
  ctx.fillStyle = colour;
  ctx.beginPath();
  ctx.arc(x, y, 1.75 * pixels(), 0, 2 * Math.PI);
  ctx.fill();
}

const paths = new Map(Object.entries(KINDS).map(([kind, { path }]) => [kind, new Path2D(path)]));

function drawSign(
  ctx: CanvasRenderingContext2D,
  { x, y, path, isAlarm }: Sign,
  colours: Palette,
): void {
  const size = isAlarm ? pixels() : 0.8 * pixels();
  ctx.save();
  ctx.translate(x, y);
  ctx.scale(size, size);
  ctx.translate(-6, -6);
  ctx.lineWidth = isAlarm ? 3 : 5;
  ctx.strokeStyle = colours.surface;
  ctx.stroke(path);
  ctx.fillStyle = isAlarm ? colours.alarm : colours.surface;
  ctx.fill(path);
  if (!isAlarm) {
    ctx.lineWidth = 1.75;
    ctx.strokeStyle = colours.mark;
    ctx.stroke(path);
  }
  ctx.restore();
}

/** @returns the nearest within reach, alarms before marks */
function markNear(chart: uPlot, marks: readonly Anomaly[]): Anomaly | undefined {
  const { left = -1, top = -1 } = chart.cursor;
  if (left < 0) return undefined;
  const x = left * devicePixelRatio + chart.bbox.left;
  const y = top * devicePixelRatio + chart.bbox.top;
  let nearest: Anomaly | undefined;
  let best = REACH_PX * pixels();
  for (const mark of marks) {
    const spot = spotOf(chart, mark);
    if (spot === undefined) continue;
    const distance = Math.hypot(spot.x - x, spot.y - y) * (mark.alarm ? 0.5 : 1);
    if (distance >= best) continue;
    best = distance;
    nearest = mark;
  }
  return nearest;
}
