/**
 * Where each device's cell lies on the map: a block of cells a group, with the group's name on its left; small groups
 * follow each other in a line. Cells are as large as the height allows, and every device keeps its cell while the fleet stays.
 */
import type { FleetDevice } from '@fernsight/wire';
import type { Grouping } from './filter.ts';

export interface MapGroup {
  readonly name: string;
  readonly devices: readonly FleetDevice[];
}

export interface MapLayout {
  /** side of a cell with its gap, CSS pixels */
  readonly pitch: number;
  /** cells a row */
  readonly perRow: number;
  readonly height: number;
  readonly groups: readonly PlacedGroup[];
}

export interface PlacedGroup extends MapGroup {
  /** where its name stands; its cells begin at `left` */
  readonly nameLeft: number;
  readonly left: number;
  readonly top: number;
}

const PITCH_MAX = 22;
const PITCH_MIN = 3;
const GROUP_GAP = 6;
/** More groups than this would be rows of names with a cell or two: then the fleet is one group. */
const GROUPS_MAX = 30;
const NO_NAME = 'no site';

/** @param devices in the order of their cells */
export function groupDevices(devices: readonly FleetDevice[], grouping: Grouping): MapGroup[] {
  const groups = new Map<string, FleetDevice[]>();
  for (const device of devices) {
    const name = grouping === 'site' ? (device.site ?? NO_NAME) : sensorNames(device);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [device]);
    else group.push(device);
  }
  const isNameless = groups.size === 1 && groups.has(NO_NAME);
  if (groups.size > GROUPS_MAX || isNameless) return [{ name: 'all', devices }];
  return [...groups]
    .sort(([a], [b]) => Number(a === NO_NAME) - Number(b === NO_NAME) || (a < b ? -1 : 1))
    .map(([name, members]) => ({ name, devices: members }));
}

function sensorNames(device: FleetDevice): string {
  return (
    device.sensors
      .map(({ sensor }) => sensor)
      .sort()
      .join(', ') || 'no sensors'
  );
}

interface MapRoom {
  readonly width: number;
  readonly heightMax: number;
  /** of the type on the page: 1 at 15 px a rem */
  readonly scale: number;
}

/** @returns the layout with the largest cells that fit; with the smallest there are, the height may be more */
export function layOutMap(groups: readonly MapGroup[], room: MapRoom): MapLayout {
  for (let pitch = Math.round(PITCH_MAX * room.scale); ; pitch--) {
    const layout = layOutAt(groups, room, pitch);
    if (layout.height <= room.heightMax || pitch === PITCH_MIN) return layout;
  }
}

function layOutAt(groups: readonly MapGroup[], room: MapRoom, pitch: number): MapLayout {
  const { width, scale } = room;
  const nameWidth = nameRoom(groups, room);
  const perRow = Math.max(1, Math.floor((width - nameWidth) / pitch));
  let top = 0;
  let bottom = 0;
  let nextLeft = 0;
  const placed = groups.map((group) => {
    const count = group.devices.length;
    const own = Math.min(nameWidth, nameRoom([group], room));
    const isBeside = nextLeft > 0 && nextLeft + own + count * pitch <= width;
    const nameLeft = isBeside ? nextLeft : 0;
    const left = nameLeft + (isBeside ? own : nameWidth);
    if (!isBeside) top = bottom;
    const rows = Math.ceil(count / perRow);
    bottom = Math.max(bottom, top + Math.max(rows * pitch, LABEL_HEIGHT * scale) + GROUP_GAP);
    nextLeft = left + Math.min(count, perRow) * pitch + COLUMN_GAP * scale;
    return { ...group, top, nameLeft, left };
  });
  return { pitch, perRow, groups: placed, height: Math.max(0, bottom - GROUP_GAP) };
}

/** @returns room for the longest name, to a share of the width */
function nameRoom(groups: readonly MapGroup[], { width, scale }: MapRoom): number {
  const longest = Math.max(...groups.map(({ name }) => name.length));
  return Math.min(Math.max(90 * scale, width / 6), (longest * LETTER_WIDTH + NAME_GAP) * scale);
}

/** Of 12 px type on average, and rather more than less: a name that is too long all the same is cut. */
const LETTER_WIDTH = 8;
const NAME_GAP = 12;
/** Between blocks side by side. */
const COLUMN_GAP = 28;

/** A group's name needs a line of its own. */
const LABEL_HEIGHT = 14;

/** A cell: the group and the position in it. */
export interface Cell {
  readonly group: number;
  readonly index: number;
}

/** @returns the cell under a point, or undefined */
export function cellAt(layout: MapLayout, x: number, y: number): Cell | undefined {
  const { pitch, perRow, groups } = layout;
  for (const [group, { left, top, devices }] of groups.entries()) {
    const column = Math.floor((x - left) / pitch);
    const row = Math.floor((y - top) / pitch);
    const index = row * perRow + column;
    if (column >= 0 && column < perRow && row >= 0 && index < devices.length)
      return { group, index };
  }
  return undefined;
}

export function cellCorner(layout: MapLayout, { group, index }: Cell): { x: number; y: number } {
  return {
    x: (layout.groups[group]?.left ?? 0) + (index % layout.perRow) * layout.pitch,
    y: (layout.groups[group]?.top ?? 0) + Math.floor(index / layout.perRow) * layout.pitch,
  };
}

/** @returns the cell that an arrow key leads to from `cell`; the same at an edge */
export function moveCell(layout: MapLayout, cell: Cell, key: string): Cell {
  const isAcross = key === 'ArrowLeft' || key === 'ArrowRight';
  const by = key === 'ArrowRight' || key === 'ArrowDown' ? 1 : -1;
  const index = cell.index + by * (isAcross ? 1 : layout.perRow);
  const size = layout.groups[cell.group]?.devices.length ?? 0;
  if (index >= 0 && index < size) return { ...cell, index };
  const next = layout.groups[cell.group + by];
  if (next === undefined) return cell;
  const last = next.devices.length - 1;
  const column = cell.index % layout.perRow;
  const near = isAcross
    ? by > 0
      ? 0
      : last
    : by > 0
      ? column
      : last - (last % layout.perRow) + column;
  return { group: cell.group + by, index: Math.min(last, near) };
}
