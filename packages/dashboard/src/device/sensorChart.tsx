/**
 * A sensor: its name, what it reads now, and its chart. Under the cursor the heading says what was read at that moment
 * and what was expected; near an anomaly its reason stands beside it. The heading has its place whether or not it says
 * something, so that nothing moves.
 */

import type { Anomaly, LatestPoint } from '@fernsight/wire';
import { type ReadonlySignal, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { VerdictWords } from '../fleet/verdict.tsx';
import { formatMoment, formatQuantity, formatScore } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { palette } from '../frame/theme.ts';
import { useWidth } from '../frame/useWidth.ts';
import { chartData, createChart } from './chart.ts';
import type { Columns } from './columns.ts';
import { holeWords } from './holes.ts';
import { bounds, fixed, type Range } from './range.ts';
import { Reason } from './reason.tsx';
import type { SeriesHistory } from './seriesHistory.ts';

interface SensorChartProps {
  readonly device: string;
  readonly point: LatestPoint;
  readonly history: SeriesHistory;
  readonly range: ReadonlySignal<Range>;
  readonly marks: ReadonlySignal<readonly Anomaly[]>;
  readonly onZoom: (range: Range) => void;
}

export function SensorChart({ device, point, history, range, marks, onZoom }: SensorChartProps) {
  const page = usePage();
  const target = useRef<HTMLDivElement>(null);
  const width = useWidth(target);
  const chart = useSignal<uPlot | undefined>(undefined);
  const row = useSignal<number | undefined>(undefined);
  const near = useSignal<Anomaly | undefined>(undefined);
  const own = useRef<readonly Anomaly[]>([]);
  own.current = marks.value.filter(({ sensor }) => sensor === point.sensor);
  const isReady = width > 0;
  const colours = palette.value;
  useEffect(() => {
    if (target.current === null || !isReady) return;
    const made = createChart(target.current, {
      width: target.current.clientWidth,
      colours,
      hooks: {
        zoomed: (from, to) => onZoom(fixed(from * 1e6, to * 1e6)),
        pointed: (at, anomaly) => {
          row.value = at;
          near.value = anomaly;
        },
        marks: () => own.current,
        momentUs: () => {
          const shown = range.peek();
          return shown.kind === 'fixed' ? shown.atUs : undefined;
        },
      },
    });
    chart.value = made;
    return () => {
      chart.value = undefined;
      made.destroy();
    };
  }, [isReady, colours, onZoom, chart, row, near, range]);
  useEffect(() => {
    if (width > 0) chart.value?.setSize({ width, height: chart.value.height });
  }, [width, chart.value]);
  useSignalEffect(() => {
    const { fromUs, toUs } = bounds(range.value, page.nowUs.value);
    const data = chartData(history.columns.value);
    const shown = chart.value;
    marks.value;
    shown?.batch(() => {
      shown.setData(data, false);
      shown.setScale('x', { min: fromUs / 1e6, max: toUs / 1e6 });
    });
  });
  return (
    <section class="sensor-chart panel" aria-label={point.sensor}>
      <div class="panel-head">
        <h2>
          {point.sensor} <small class="unit">{point.unit}</small>
        </h2>
        <Readout columns={history.columns.value} row={row.value} device={device} point={point} />
      </div>
      <div
        ref={target}
        class="plot"
        role="img"
        aria-label={describe(point, history.columns.value, own.current)}
      />
      <p class="chart-note small soft">
        {history.fault.value ||
          holeWords(history.holes.value) ||
          (isEmpty(history) ? 'No readings in this stretch' : '')}
      </p>
      {near.value && <Near anomaly={near.value} chart={chart.value} />}
    </section>
  );
}

interface ReadoutProps {
  readonly columns: Columns;
  readonly row: number | undefined;
  readonly device: string;
  readonly point: LatestPoint;
}

function Readout({ columns, row, device, point }: ReadoutProps) {
  const value = row === undefined ? undefined : columns.mean[row];
  if (row === undefined || value === undefined || value === null) {
    return (
      <span class="readout values">
        <VerdictWords device={device} point={point} />
        <Expected lower={point.lower} upper={point.upper} />
        <strong>{formatQuantity(point.value, point.unit)}</strong>
      </span>
    );
  }
  const score = columns.score[row];
  const [low = null, high = null] = [columns.min[row], columns.max[row]];
  const isRange = low !== null && high !== null && low !== high;
  return (
    <span class="readout">
      <span class="soft">{formatMoment((columns.time[row] ?? 0) * 1e6)}</span>
      {typeof score === 'number' && <span class="soft">score {formatScore(score)}</span>}
      <Expected lower={columns.lower[row] ?? null} upper={columns.upper[row] ?? null} />
      <strong>
        {isRange
          ? `${formatQuantity(low, '')} to ${formatQuantity(high, point.unit)}`
          : formatQuantity(value, point.unit)}
      </strong>
    </span>
  );
}

function Expected({ lower, upper }: { lower: number | null; upper: number | null }) {
  if (lower === null || upper === null) return null;
  return (
    <span class="soft wide">
      expected {formatQuantity(lower, '')} to {formatQuantity(upper, '')}
    </span>
  );
}

/** The reason of the anomaly under the pointer, on the side of it that has room. */
function Near({ anomaly, chart }: { anomaly: Anomaly; chart: uPlot | undefined }) {
  const left = chart?.cursor.left ?? 0;
  const width = chart?.over.clientWidth ?? 0;
  const offset = (chart?.over.offsetLeft ?? 0) + 16;
  const style =
    left > width / 2 ? { right: `${width - left + 24}px` } : { left: `${left + offset}px` };
  return (
    <div class="tip" style={style}>
      <Reason anomaly={anomaly} />
    </div>
  );
}

function isEmpty({ columns, isLoading }: SeriesHistory): boolean {
  return columns.value.time.length === 0 && !isLoading.value;
}

/** The chart in a sentence, for those who do not see it; the list of reasons says the rest. */
function describe(point: LatestPoint, { min, max }: Columns, marks: readonly Anomaly[]): string {
  const low = Math.min(...min.map((value) => value ?? Number.POSITIVE_INFINITY));
  const high = Math.max(...max.map((value) => value ?? Number.NEGATIVE_INFINITY));
  const alarms = marks.filter(({ alarm }) => alarm).length;
  if (!Number.isFinite(low)) return `Chart of ${point.sensor}, no readings`;
  return `Chart of ${point.sensor}, ${formatQuantity(low, '')} to ${formatQuantity(high, point.unit)}, ${alarms} ${alarms === 1 ? 'reading' : 'readings'} in alarm`;
}
