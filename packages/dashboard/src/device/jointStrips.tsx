/**
 * The joint view: a strip a sensor, its worst score at each moment as a shade, one under the other on the charts' own
 * time axis, so that what several sensors do at once shows as a column. The last strip is the verdict over them together.
 */

import type { Anomaly } from '@fernsight/wire';
import type { ReadonlySignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { fitCanvas, rem } from '../frame/canvas.ts';
import { usePage } from '../frame/page.ts';
import { type Palette, palette } from '../frame/theme.ts';
import { useWidth } from '../frame/useWidth.ts';
import type { Columns } from './columns.ts';
import { JOINT } from './openDevice.ts';
import { bounds, type Range } from './range.ts';
import type { SeriesHistory } from './seriesHistory.ts';

export interface StripRow {
  readonly sensor: string;
  readonly history: SeriesHistory;
}

interface JointStripsProps {
  readonly rows: readonly StripRow[];
  readonly range: ReadonlySignal<Range>;
  readonly marks: ReadonlySignal<readonly Anomaly[]>;
}

/** In rem: a name, as high as in `styles/device.css`, and its strip below it. */
const NAME = 1.1;
const STRIP = 1.05;
const GAP = 0.15;

export function JointStrips({ rows, range, marks }: JointStripsProps) {
  const page = usePage();
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(canvas);
  const colours = palette.value;
  const span = bounds(range.value, page.nowUs.value);
  const strips = rows.map(({ sensor, history }) => ({ sensor, columns: history.columns.value }));
  const strip = Math.round(STRIP * rem());
  const pitch = (NAME + STRIP + GAP) * rem();
  const height = rows.length * pitch;
  const alarms = marks.value.filter(({ alarm }) => alarm);
  useEffect(() => {
    if (canvas.current === null || width === 0) return;
    const context = fitCanvas(canvas.current, width, height);
    strips.forEach(({ sensor, columns }, index) => {
      const own = alarms.filter((anomaly) => anomaly.sensor === sensor);
      const top = Math.round(index * pitch + NAME * rem());
      const frame = { top, strip, width, ...span };
      drawStrip(context, { columns, alarms: own, colours }, frame);
    });
  });
  return (
    <section class="strips panel" aria-label="Sensors together">
      <div class="panel-head">
        <h2>Sensors together</h2>
        <StripLegend />
      </div>
      <div class="strip-rows">
        <ul aria-hidden="true">
          {rows.map(({ sensor }) => (
            <li key={sensor}>{sensor === JOINT ? 'all together' : sensor}</li>
          ))}
        </ul>
        <canvas
          ref={canvas}
          style={{ height: `${height}px` }}
          role="img"
          aria-label={`Scores of ${rows.length} rows over time, ${alarms.length} readings in alarm`}
        />
      </div>
    </section>
  );
}

function StripLegend() {
  return (
    <ul class="legend">
      <li>
        <span class="swatch quiet" /> worst score, low to high
      </li>
      <li>
        <span class="swatch alarm" /> alarm
      </li>
    </ul>
  );
}

interface Strip {
  readonly columns: Columns;
  readonly alarms: readonly Anomaly[];
  readonly colours: Palette;
}

interface StripFrame {
  readonly top: number;
  /** height */
  readonly strip: number;
  readonly width: number;
  readonly fromUs: number;
  readonly toUs: number;
}

function drawStrip(context: CanvasRenderingContext2D, strip: Strip, frame: StripFrame): void {
  const { columns, alarms, colours } = strip;
  const { top, strip: high, width, fromUs, toUs } = frame;
  const perSecond = width / ((toUs - fromUs) / 1e6);
  const x = (seconds: number) => (seconds - fromUs / 1e6) * perSecond;
  context.fillStyle = colours.line;
  context.fillRect(0, top + high - 1, width, 1);
  const worst = worstByPixel(columns, width, x);
  worst.forEach((score, pixel) => {
    if (score < 0) return;
    context.globalAlpha = 0.1 + 0.9 * score;
    context.fillStyle = colours['quiet-1'];
    context.fillRect(pixel, top, 1, high);
  });
  context.globalAlpha = 1;
  context.fillStyle = colours.alarm;
  for (const { tsUs } of alarms) {
    const at = x(tsUs / 1e6);
    if (at >= 0 && at <= width) context.fillRect(Math.round(at) - 1, top, 2.5, high);
  }
}

/** @returns for each pixel the worst score, held on over pixels between two points; -1 where there is none */
function worstByPixel(
  { time, score }: Columns,
  width: number,
  x: (seconds: number) => number,
): Float64Array {
  const worst = new Float64Array(width).fill(-1);
  for (const [row, seconds] of time.entries()) {
    const value = score[row] ?? null;
    if (value === null) continue;
    const from = Math.max(0, Math.floor(x(seconds)));
    const next = time[row + 1];
    const isBreak = next === undefined || (score[row + 1] ?? null) === null;
    const to = Math.min(width - 1, isBreak ? from : Math.ceil(x(next)) - 1);
    for (let pixel = from; pixel <= Math.max(from, to) && pixel < width; pixel++) {
      worst[pixel] = Math.max(worst[pixel] ?? -1, value);
    }
  }
  return worst;
}
