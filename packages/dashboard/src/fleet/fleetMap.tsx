/**
 * The whole fleet on one canvas, a cell a device, coloured by its worst recent verdict. The pointer or the arrow keys
 * choose a cell; its device is said beside it and to a screen reader, and Enter or a click opens it.
 */

import type { FleetDevice } from '@fernsight/wire';
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { LAST_HOUR } from '../device/range.ts';
import { fitCanvas, scale as typeScale } from '../frame/canvas.ts';
import { formatAge, formatQuantity, formatScore } from '../frame/format.ts';
import { adjust, goTo, usePage } from '../frame/page.ts';
import { Segments } from '../frame/segments.tsx';
import { palette } from '../frame/theme.ts';
import { useWidth } from '../frame/useWidth.ts';
import type { FleetFilter, Grouping } from './filter.ts';
import { type Fleet, standing, worstPoint } from './fleet.ts';
import { drawMap } from './mapDrawing.ts';
import {
  type Cell,
  cellAt,
  cellCorner,
  groupDevices,
  layOutMap,
  type MapLayout,
  moveCell,
} from './mapLayout.ts';
import { wordOf } from './verdict.tsx';

/** A third of a laptop's screen: the cards below stay in sight. */
const HEIGHT_MAX = 260;
const GROUPINGS = [
  { value: 'site', words: 'By site' },
  { value: 'sensors', words: 'By sensors' },
] as const;

export function FleetMap({
  shown,
  filter,
}: {
  shown: readonly FleetDevice[];
  filter: FleetFilter;
}) {
  const page = usePage();
  const fleet = page.fleet.value;
  const colours = palette.value;
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(canvas);
  const chosen = useSignal<Cell | undefined>(undefined);
  const layout = useLayout({ shown, places: fleet.places, group: filter.group, width });
  const device = chosen.value && deviceIn(layout, chosen.value);
  useEffect(() => {
    if (canvas.current === null || width === 0) return;
    const context = fitCanvas(canvas.current, width, layout.height);
    drawMap(context, { layout, fleet, colours, chosen: chosen.value });
  });
  const open = () => {
    if (device) goTo(page, { page: 'device', device: device.device, range: LAST_HOUR });
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Enter') return open();
    if (event.key === 'Escape') chosen.value = undefined;
    if (!event.key.startsWith('Arrow')) return;
    event.preventDefault();
    chosen.value = chosen.value
      ? moveCell(layout, chosen.value, event.key)
      : { group: 0, index: 0 };
  };
  return (
    <section class="map panel values" aria-label="Map of the fleet">
      <div class="map-head">
        <Segments
          label="Group the map"
          choices={GROUPINGS}
          chosen={filter.group}
          onChoose={(group) => adjust(page, { page: 'fleet', filter: { ...filter, group } })}
        />
        <Legend />
      </div>
      <div
        role="listbox"
        tabIndex={0}
        aria-label="Devices; arrow keys move, Enter opens"
        aria-activedescendant={device ? 'map-chosen' : undefined}
        onKeyDown={press}
        onFocus={() => (chosen.value ??= { group: 0, index: 0 })}
        onBlur={() => (chosen.value = undefined)}
        onMouseMove={(event) => (chosen.value = cellAt(layout, event.offsetX, event.offsetY))}
        onMouseLeave={() => (chosen.value = undefined)}
        onClick={open}
      >
        <canvas ref={canvas} style={{ height: `${layout.height}px` }} />
        <span
          id="map-chosen"
          role="option"
          tabIndex={-1}
          aria-selected={device !== undefined}
          class="hidden"
        >
          {device
            ? words(fleet, fleet.devices.get(device.device) ?? device, page.nowUs.peek())
            : 'none'}
        </span>
      </div>
      {device && chosen.value && (
        <Tip device={device} layout={layout} cell={chosen.value} width={width} />
      )}
    </section>
  );
}

interface MapScene {
  readonly shown: readonly FleetDevice[];
  readonly places: Fleet['places'];
  readonly group: Grouping;
  readonly width: number;
}

function useLayout({ shown, places, group, width }: MapScene): MapLayout {
  const names = shown.map(({ device }) => device).join('\n');
  return useMemo(() => {
    const place = ({ device }: FleetDevice) => places.get(device) ?? 0;
    const inOrder = [...shown].sort((a, b) => place(a) - place(b));
    const scale = typeScale();
    const room = { width, heightMax: HEIGHT_MAX * scale, scale };
    return layOutMap(groupDevices(inOrder, group), room);
  }, [names, places, group, width]);
}

function deviceIn(layout: MapLayout, { group, index }: Cell): FleetDevice | undefined {
  return layout.groups[group]?.devices[index];
}

function Legend() {
  return (
    <ul class="legend">
      <li>
        <span class="swatch alarm" /> alarm within five minutes
      </li>
      <li>
        <span class="swatch quiet" /> score, low to high
      </li>
      <li>
        <span class="swatch offline" /> offline
      </li>
    </ul>
  );
}

interface TipProps {
  readonly device: FleetDevice;
  readonly layout: MapLayout;
  readonly cell: Cell;
  readonly width: number;
}

function Tip({ device, layout, cell, width }: TipProps) {
  const page = usePage();
  const { x, y } = cellCorner(layout, cell);
  const isRight = x > width / 2;
  const style = {
    top: `calc(${y + layout.pitch}px + 3.9rem)`,
    ...(isRight ? { right: `${width - x - layout.pitch}px` } : { left: `${x + 8}px` }),
  };
  const now = page.fleet.value.devices.get(device.device) ?? device;
  return (
    <div class="tip" style={style} aria-hidden="true">
      <strong>{device.device}</strong>
      <br />
      {words(page.fleet.value, now, page.nowUs.value).slice(device.device.length + 2)}
    </div>
  );
}

function words(fleet: Fleet, device: FleetDevice, nowUs: number): string {
  if (standing(fleet, device) === 'offline') {
    return `${device.device}, offline, last heard ${formatAge(nowUs - device.seenUs)}`;
  }
  const point = worstPoint(device);
  if (point === undefined) return `${device.device}, no readings yet`;
  const score = point.score === null ? '' : ` ${formatScore(point.score)}`;
  return `${device.device}, ${point.sensor} ${formatQuantity(point.value, point.unit)}, ${wordOf(point).toLowerCase()}${score}`;
}
