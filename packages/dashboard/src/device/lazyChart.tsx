/** A chart that is made when it comes near the screen: a device may have a thousand sensors. Its place is kept for it. */

import type { LatestPoint } from '@fernsight/wire';
import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { OpenDevice } from './openDevice.ts';
import type { Range } from './range.ts';
import { SensorChart } from './sensorChart.tsx';

interface LazyChartProps {
  readonly device: string;
  readonly point: LatestPoint;
  readonly open: OpenDevice;
  readonly range: ReadonlySignal<Range>;
  readonly onZoom: (range: Range) => void;
}

export function LazyChart({ device, point, open, range, onZoom }: LazyChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const isNear = useSignal(false);
  useEffect(() => {
    if (place.current === null) return;
    const watch = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) isNear.value = true;
      },
      { rootMargin: '400px' },
    );
    watch.observe(place.current);
    return () => watch.disconnect();
  }, [isNear]);
  return (
    <div ref={place} class="chart-place">
      {isNear.value && (
        <SensorChart
          device={device}
          point={point}
          history={open.history(point.sensor)}
          range={range}
          marks={open.marks.rows}
          onZoom={onZoom}
        />
      )}
    </div>
  );
}
