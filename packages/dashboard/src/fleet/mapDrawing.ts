/** Draws the map's cells. Offline is an outline, alarm a cut corner, quiet a shade: told apart without colour too. */
import { labelFont } from '../frame/canvas.ts';
import type { Palette } from '../frame/theme.ts';
import { type Fleet, standing } from './fleet.ts';
import { type Cell, cellCorner, type MapLayout } from './mapLayout.ts';

export interface Scene {
  readonly layout: MapLayout;
  readonly fleet: Fleet;
  readonly colours: Palette;
  readonly chosen: Cell | undefined;
}

export function drawMap(context: CanvasRenderingContext2D, scene: Scene): void {
  const { layout, colours, chosen } = scene;
  context.font = labelFont();
  context.textBaseline = 'top';
  layout.groups.forEach(({ name, devices, top, nameLeft, left }, group) => {
    context.fillStyle = colours['ink-soft'];
    context.fillText(shorten(context, name, left - nameLeft - 10), nameLeft, top + 3);
    devices.forEach(({ device }, index) => {
      const { x, y } = cellCorner(layout, { group, index });
      drawCell(context, scene, { device, x, y });
    });
  });
  if (chosen === undefined) return;
  const { x, y } = cellCorner(layout, chosen);
  context.strokeStyle = colours.ink;
  context.lineWidth = 2;
  context.strokeRect(x, y, layout.pitch - 1, layout.pitch - 1);
}

interface Placed {
  readonly device: string;
  readonly x: number;
  readonly y: number;
}

function drawCell(
  context: CanvasRenderingContext2D,
  { layout, fleet, colours }: Scene,
  { device: name, x, y }: Placed,
): void {
  const device = fleet.devices.get(name);
  if (device === undefined) return;
  const side = layout.pitch - (layout.pitch > 6 ? 2 : 1);
  const stands = standing(fleet, device);
  if (stands === 'offline') {
    context.strokeStyle = colours.offline;
    context.lineWidth = 1;
    context.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1);
    return;
  }
  const score = fleet.worst.get(name)?.score ?? 0;
  context.fillStyle = stands === 'alarm' ? colours.alarm : colours['quiet-0'];
  context.fillRect(x, y, side, side);
  if (stands === 'quiet') {
    context.globalAlpha = Math.min(1, Math.max(0, score));
    context.fillStyle = colours['quiet-1'];
    context.fillRect(x, y, side, side);
    context.globalAlpha = 1;
  } else if (side >= 6) {
    context.fillStyle = colours.surface;
    context.beginPath();
    context.moveTo(x + side * 0.55, y);
    context.lineTo(x + side, y);
    context.lineTo(x + side, y + side * 0.45);
    context.fill();
  }
}

function shorten(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let end = text.length;
  while (end > 1 && context.measureText(`${text.slice(0, end)}…`).width > width) end--;
  return `${text.slice(0, end)}…`;
}
