/**
 * The page's whole state and the parts that feed it, made once and handed down by context. Frames come in through the
 * feed; components read signals. Nothing here touches the document.
 */

import type { Anomaly, DeviceFrame, FleetDevice, FleetFrame, Session } from '@fernsight/wire';
import { type Client, createClient } from '@fernsight/wire/client';
import {
  computed,
  signal as createSignal,
  effect,
  type ReadonlySignal,
  type Signal,
} from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { isShut, loadSession } from '../access/session.ts';
import {
  applyFrame,
  emptyFleet,
  type Fleet,
  Reset,
  takeDevices,
  worstFirst,
} from '../fleet/fleet.ts';
import { BUCKET_US, Trails } from '../fleet/trail.ts';
import { REQUESTS_MAX, SHELF_DEVICES_MAX, TRAIL_BUCKETS, TRAIL_SPAN_US } from '../limits.ts';
import { faultOf } from '../live/fault.ts';
import { Feed } from '../live/feed.ts';
import type { Machine } from '../live/machine.ts';
import { ServerClock } from '../live/serverClock.ts';
import { Shelf } from '../live/shelf.ts';
import { Turns } from '../live/turns.ts';
import { type Address, formatAddress, parseAddress } from './address.ts';

export interface Page {
  readonly machine: Machine;
  readonly client: Client;
  readonly shelf: Shelf;
  /** all requests for history take turns */
  readonly turns: Turns;
  readonly feed: Feed;
  /** who looks; undefined until the server has said it */
  readonly session: Signal<Session | undefined>;
  readonly fleet: Signal<Fleet>;
  readonly trails: Trails;
  readonly address: Signal<Address>;
  readonly clock: ServerClock;
  readonly nowUs: ReadonlySignal<number>;
  /** what is shown may be old: the line is not live */
  readonly isStale: ReadonlySignal<boolean>;
  /** anomalies of the last frame that had any */
  readonly news: Signal<readonly Anomaly[]>;
  /** the last readings of the device that is open */
  readonly opened: Signal<DeviceFrame | undefined>;
}

export function createPage(machine: Machine, hash: string): Page {
  const shelf = new Shelf(machine.storage);
  const trails = new Trails();
  const fleet = createSignal(restoreFleet(shelf));
  const clock = new ServerClock(machine);
  const news = createSignal<readonly Anomaly[]>([]);
  const opened = createSignal<DeviceFrame | undefined>(undefined);
  const take = (frame: FleetFrame) => {
    for (const device of frame.devices) addToTrails(trails, device);
    // a page that shows nothing yet shows the first part of the fleet; one that does is drawn once a frame
    if (frame.more === true && fleet.peek().nowUs > 0) return takeDevices(fleet.peek(), frame);
    clock.set(frame.nowUs);
    fleet.value = applyFrame(fleet.peek(), frame);
    if (frame.anomalies.length > 0) news.value = frame.anomalies;
  };
  let reset: Reset | undefined;
  const feed = new Feed(machine, {
    reset: (frame) => {
      if (reset?.frame !== frame.frame) reset = new Reset(fleet.peek(), frame.frame);
      reset.names(frame.devices);
      if (frame.more !== true) {
        reset.end(fleet.peek());
        reset = undefined;
      }
      take(frame);
    },
    fleet: take,
    device: (frame) => {
      opened.value = frame;
    },
  });
  return {
    machine,
    client: createClient({ baseUrl: '', fetch: machine.fetch }),
    shelf,
    turns: new Turns(REQUESTS_MAX),
    feed,
    session: createSignal<Session | undefined>(undefined),
    fleet,
    trails,
    address: createSignal(parseAddress(hash)),
    clock,
    nowUs: clock.nowUs,
    isStale: computed(() => feed.connection.value.state !== 'live'),
    news,
    opened,
  };
}

/** Keeps the line, the clock and the shelf going. */
export async function runPage(page: Page, signal: AbortSignal): Promise<void> {
  const stopAsking = effect(() => {
    const connection = page.feed.connection.value;
    const isRefused = connection.state === 'waiting' && connection.isRefused;
    const isUnknown = connection.state === 'live' && page.session.peek() === undefined;
    if (isRefused || isUnknown) void loadSession(page);
  });
  await Promise.all([
    loadSession(page),
    page.feed.run(signal),
    page.clock.run(signal),
    keepFleet(page, signal),
    seedAlarms(page, signal),
  ]);
  stopAsking();
}

/** The fleet goes on the shelf now and then, and when the page is left. */
async function keepFleet(page: Page, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await page.machine.sleep(SAVE_MS, signal);
    saveFleet(page);
  }
}

const SAVE_MS = 15_000;

/** Alarms of the minutes before the page was opened colour the map and the sparklines from the start. */
async function seedAlarms(page: Page, signal: AbortSignal): Promise<void> {
  const fromUs = Math.round(page.machine.nowUs() - TRAIL_SPAN_US);
  try {
    const query = { alarms: true, fromUs, limit: 1000 };
    const { anomalies } = await page.client.call('anomalies', { query, signal });
    for (const { device, sensor, tsUs, value } of anomalies) {
      if (value !== null) page.trails.add(device, sensor, { tsUs, value, alarm: true });
    }
    const { nowUs, totals } = page.fleet.peek();
    const frame = {
      frame: 0,
      nowUs,
      totals,
      devices: [],
      gone: [],
      anomalies: anomalies.reverse(),
    };
    page.fleet.value = applyFrame(page.fleet.peek(), frame);
  } catch (error) {
    if (!signal.aborted) faultOf(error);
  }
}

export function goTo(page: Page, address: Address): void {
  location.hash = formatAddress(address);
  page.address.value = address;
}

/** Changes the address in place: the way back leads past it. For what is typed or dragged. */
export function adjust(page: Page, address: Address): void {
  history.replaceState(null, '', formatAddress(address));
  page.address.value = address;
}

function addToTrails(trails: Trails, device: FleetDevice): void {
  for (const point of device.sensors) trails.add(device.device, point.sensor, point);
}

/**
 * Completes the trail of a series that came into sight with what the server has of the last hour.
 * @returns whether it could; if not, the live line goes on filling it
 */
export async function fillTrail(page: Page, series: Series, signal: AbortSignal): Promise<boolean> {
  const toUs = Math.round(page.nowUs.peek());
  const fromUs = Math.floor((toUs - TRAIL_SPAN_US) / BUCKET_US) * BUCKET_US;
  const query = { ...series, fromUs, toUs, points: 2 * TRAIL_BUCKETS };
  try {
    const reply = await page.turns.take(signal, () =>
      page.client.call('history', { query, signal }),
    );
    page.trails.get(series.device, series.sensor).addHistory(reply);
    return true;
  } catch (error) {
    if (!signal.aborted) faultOf(error);
    return false;
  }
}

interface Series {
  readonly device: string;
  readonly sensor: string;
}

export function saveFleet(page: Page): void {
  const fleet = page.fleet.peek();
  if (fleet.nowUs === 0 || page.isStale.peek() || isShut(page)) return;
  const devices = worstFirst(fleet, [...fleet.devices.values()]).slice(0, SHELF_DEVICES_MAX);
  page.shelf.put('fleet', { nowUs: fleet.nowUs, totals: fleet.totals, devices });
}

function restoreFleet(shelf: Shelf): Fleet {
  const kept = shelf.get('fleet');
  if (!isKeptFleet(kept)) return emptyFleet();
  return applyFrame(emptyFleet(), { ...kept, frame: 0, gone: [], anomalies: [] });
}

type KeptFleet = Pick<FleetFrame, 'nowUs' | 'totals' | 'devices'>;

/** Only this page writes there; the version in the shelf's keys changes with the shape. */
function isKeptFleet(value: unknown): value is KeptFleet {
  return (
    typeof value === 'object' &&
    value !== null &&
    'nowUs' in value &&
    typeof value.nowUs === 'number' &&
    'totals' in value &&
    'devices' in value &&
    Array.isArray(value.devices)
  );
}

export const PageContext = createContext<Page | undefined>(undefined);

/** @throws outside of a PageContext */
export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === undefined) throw new Error('usePage outside of the page');
  return page;
}
