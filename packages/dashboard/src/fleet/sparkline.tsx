/**
 * The last hour of a series in a few pixels: the range of each half minute as a band with its middle as a line, alarms as
 * dots. It draws with each frame while it can be seen, and completes its trail from the server once it is seen and where
 * live readings left something out. Its size is told
 * by an observer: to ask for it between drawings would lay out the page once a sparkline.
 */
import { useEffect, useRef } from 'preact/hooks';
import { fitCanvas, scale as typeScale } from '../frame/canvas.ts';
import { fillTrail, usePage } from '../frame/page.ts';
import { type Palette, palette } from '../frame/theme.ts';
import { TRAIL_BUCKETS } from '../limits.ts';
import { BUCKET_US, type TrailBucket } from './trail.ts';

const MARGIN = 3;
/** A backlog that comes in makes jumps with every frame. */
const COMPLETE_EVERY_US = 5_000_000;

export function Sparkline({ device, sensor }: { device: string; sensor: string }) {
  const page = usePage();
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const { current } = canvas;
    if (current === null) return;
    const gone = new AbortController();
    let size: DOMRectReadOnly | undefined;
    let isSeen = false;
    let filled = { jumps: -1, atUs: 0 };
    const draw = () => {
      if (size === undefined || !isSeen) return;
      const { width, height } = size;
      const nowUs = page.fleet.peek().nowUs;
      const buckets = page.trails.get(device, sensor).buckets(nowUs);
      const context = fitCanvas(current, width, height);
      drawTrail(context, buckets, { width, height, lastBucket: Math.floor(nowUs / BUCKET_US) });
    };
    const complete = () => {
      const { jumps } = page.trails.get(device, sensor);
      const atUs = page.fleet.peek().nowUs;
      if (!isSeen || jumps === filled.jumps || atUs - filled.atUs < COMPLETE_EVERY_US) return;
      filled = { jumps, atUs };
      void fillTrail(page, { device, sensor }, gone.signal).then((isDone) => isDone && draw());
    };
    const sized = new ResizeObserver(([entry]) => {
      size = entry?.contentRect;
      draw();
    });
    const seen = new IntersectionObserver((entries) => {
      isSeen = entries[entries.length - 1]?.isIntersecting === true;
      draw();
      complete();
    });
    sized.observe(current);
    seen.observe(current);
    const stop = page.fleet.subscribe(() => {
      draw();
      complete();
    });
    const stopPalette = palette.subscribe(draw);
    return () => {
      stop();
      stopPalette();
      sized.disconnect();
      seen.disconnect();
      gone.abort();
    };
  }, [page, device, sensor]);
  return <canvas ref={canvas} />;
}

interface TrailFrame {
  readonly width: number;
  readonly height: number;
  readonly lastBucket: number;
}

function drawTrail(
  context: CanvasRenderingContext2D,
  buckets: readonly TrailBucket[],
  { width, height, lastBucket }: TrailFrame,
): void {
  const colours: Palette = palette.peek();
  // a range of one bucket says nothing of an hour: the line begins with the second
  if (buckets.length < 2) return;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { min, max } of buckets) {
    low = Math.min(low, min);
    high = Math.max(high, max);
  }
  const scale = high > low ? (height - 2 * MARGIN) / (high - low) : 0;
  const y = (value: number) => (scale === 0 ? height / 2 : height - MARGIN - (value - low) * scale);
  const x = (bucket: number) =>
    MARGIN +
    ((width - 2 * MARGIN) * (bucket - lastBucket + TRAIL_BUCKETS - 1)) / (TRAIL_BUCKETS - 1);
  context.fillStyle = colours.envelope;
  const bar = (width - 2 * MARGIN) / TRAIL_BUCKETS + 0.5;
  for (const { bucket, min, max } of buckets) {
    context.fillRect(x(bucket) - bar / 2, y(max), bar, Math.max(0.5, y(min) - y(max)));
  }
  context.strokeStyle = colours.trace;
  context.lineWidth = 1.25 * typeScale();
  context.lineJoin = 'round';
  context.beginPath();
  let before = Number.NEGATIVE_INFINITY;
  for (const { bucket, min, max } of buckets) {
    const middle = y((min + max) / 2);
    if (bucket - before > BREAK_BUCKETS) context.moveTo(x(bucket) - 0.4, middle);
    context.lineTo(x(bucket), middle);
    before = bucket;
  }
  context.stroke();
  context.fillStyle = colours.alarm;
  for (const { bucket, min, max, alarm } of buckets) {
    if (alarm) dot(context, x(bucket), y((min + max) / 2));
  }
}

/** A pause longer than this is a gap in the line: five minutes. */
const BREAK_BUCKETS = 10;

function dot(context: CanvasRenderingContext2D, x: number, y: number): void {
  context.beginPath();
  context.arc(x, y, 2 * typeScale(), 0, 2 * Math.PI);
  context.fill();
}
