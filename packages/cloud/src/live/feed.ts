/**
 * The live feed: one fleet frame a second, encoded once for all viewers, and for a viewer who has a device open that
 * device's readings. A viewer that comes back gets the frames it missed while they are kept, else the whole fleet.
 *
 * A viewer that does not read is not waited for: above a bound of bytes its connection is ended, and it comes back.
 */
import type { Clock } from '@fernsight/base';
import { US_PER_SECOND } from '@fernsight/base';
import {
  FRAME_DEVICES_MAX,
  FRAMES_BYTES_MAX,
  FRAMES_KEPT,
  VIEWER_BACKLOG_BYTES_MAX,
  VIEWERS_MAX,
} from '../limits.ts';
import type { Changes, Head } from './head.ts';
import { LiveEvent, textOf } from './liveEvent.ts';

const FRAME_MS = 1000;
/** A quiet line says so: the page takes 20 s of silence for a dead one. */
const HEARTBEAT_FRAMES = 10;
/** Readings a second are told over so many frames. */
const RATE_FRAMES = 5;
/** A comment: it says nothing, and shows that the line is open. */
const RESUMED = new LiveEvent(': resumed\n\n');

/** Where a viewer's events go. */
export interface Viewer {
  readonly device: string | undefined;
  /** @returns bytes that still wait to be sent */
  send(event: LiveEvent): number;
  /** @returns whether the viewer may still watch */
  holds(): boolean;
  end(): void;
}

export class Feed {
  readonly #head: Head;
  readonly #clock: Clock;
  readonly #viewers = new Set<Viewer>();
  readonly #kept: { readonly frame: number; readonly events: readonly LiveEvent[] }[] = [];
  readonly #counts: number[] = [];
  #frame: number;
  /** what those who join before the next frame are sent */
  #reset: readonly LiveEvent[] | undefined;
  /** frames since the last viewer: none has been there at first */
  #unwatched = Number.POSITIVE_INFINITY;

  constructor(head: Head, clock: Clock) {
    this.#head = head;
    this.#clock = clock;
    this.#frame = Math.floor(clock.nowUs() / US_PER_SECOND);
  }

  get viewerCount(): number {
    return this.#viewers.size;
  }

  /** @param lastFrame of the viewer's last event, if it had one. @returns whether there was room */
  join(viewer: Viewer, lastFrame: number | undefined): boolean {
    if (this.#viewers.size >= VIEWERS_MAX) return false;
    this.#viewers.add(viewer);
    this.#unwatched = 0;
    if (viewer.device !== undefined) this.#head.watch(viewer.device);
    const oldest = this.#kept[0]?.frame ?? Number.POSITIVE_INFINITY;
    if (lastFrame !== undefined && lastFrame >= oldest - 1 && lastFrame <= this.#frame) {
      for (const { frame, events } of this.#kept) {
        if (frame > lastFrame) for (const event of events) viewer.send(event);
      }
      viewer.send(RESUMED);
    } else {
      this.#reset ??= this.#wholeFrame();
      for (const event of this.#reset) viewer.send(event);
    }
    return true;
  }

  leave(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    const { device } = viewer;
    if (device === undefined) return;
    for (const other of this.#viewers) if (other.device === device) return;
    this.#head.unwatch(device);
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(FRAME_MS, signal);
      this.tick();
    }
    for (const viewer of this.#viewers) viewer.end();
  }

  /** Makes one frame and sends it to those who still may watch; when nobody has watched for as long as frames are kept, none is made. */
  tick(): void {
    const nowUs = this.#clock.nowUs();
    this.#letGo();
    this.#measure();
    this.#head.look();
    this.#reset = undefined;
    this.#unwatched = this.#viewers.size > 0 ? 0 : this.#unwatched + 1;
    if (this.#unwatched > FRAMES_KEPT) {
      this.#kept.length = 0;
      this.#frame++;
      return;
    }
    const changes = this.#head.takeChanges();
    const hasNews = changes.devices.length > 0 || changes.gone.length > 0;
    const isBeat = this.#frame % HEARTBEAT_FRAMES === 0;
    this.#frame++;
    if (hasNews || isBeat) {
      const events = this.#encode('fleet', nowUs, changes);
      this.#keep(events);
      for (const viewer of this.#viewers) this.#send(viewer, events);
    }
    this.#sendDevices();
  }

  /** Ends those whose right is gone, before anything more is told, also where there is nothing to tell. */
  #letGo(): void {
    for (const viewer of this.#viewers) if (!viewer.holds()) this.#end(viewer);
  }

  /** Keeps a frame for those who come back; the oldest go beyond a number or a size. */
  #keep(events: readonly LiveEvent[]): void {
    this.#kept.push({ frame: this.#frame, events });
    let bytes = this.#kept.reduce((sum, kept) => sum + bytesOf(kept.events), 0);
    while (this.#kept.length > FRAMES_KEPT || bytes > FRAMES_BYTES_MAX) {
      bytes -= bytesOf(this.#kept.shift()?.events ?? []);
    }
  }

  #sendDevices(): void {
    const events = new Map<string, LiveEvent | undefined>();
    for (const viewer of this.#viewers) {
      const { device } = viewer;
      if (device === undefined) continue;
      if (!events.has(device)) {
        const points = this.#head.takePoints(device);
        const json = JSON.stringify({ device, points });
        events.set(device, points.length === 0 ? undefined : new LiveEvent(textOf('device', json)));
      }
      const event = events.get(device);
      if (event !== undefined) this.#send(viewer, [event]);
    }
  }

  #send(viewer: Viewer, events: readonly LiveEvent[]): void {
    if (events.some((event) => viewer.send(event) > VIEWER_BACKLOG_BYTES_MAX)) this.#end(viewer);
  }

  #end(viewer: Viewer): void {
    this.leave(viewer);
    viewer.end();
  }

  #wholeFrame(): readonly LiveEvent[] {
    const nowUs = this.#clock.nowUs();
    const devices = this.#head.fleetTexts();
    return this.#encode('reset', nowUs, { devices, gone: [], anomalies: [] });
  }

  /**
   * FleetFrames of the wire, put together of the texts that the head keeps. A viewer may come back to the last of them.
   * @returns the first frame by itself, so that it is on its way while the rest is packed
   */
  #encode(event: string, nowUs: number, changes: Changes): readonly LiveEvent[] {
    const { devices, gone, anomalies } = changes;
    const about = { frame: this.#frame, nowUs, totals: this.#head.totals(nowUs) };
    const jsonOf = (first: number, rest: object): string => {
      const part = devices.slice(first, first + FRAME_DEVICES_MAX);
      return `{"devices":[${part.join(',')}],${JSON.stringify({ ...about, ...rest }).slice(1)}`;
    };
    const texts: string[] = [];
    let first = 0;
    for (; devices.length - first > FRAME_DEVICES_MAX; first += FRAME_DEVICES_MAX) {
      texts.push(textOf(event, jsonOf(first, { gone: [], anomalies: [], more: true })));
    }
    texts.push(textOf(event, jsonOf(first, { gone, anomalies }), this.#frame));
    const [start = '', ...rest] = texts;
    const ahead = new LiveEvent(start);
    return rest.length === 0 ? [ahead] : [ahead, new LiveEvent(rest.join(''))];
  }

  #measure(): void {
    this.#counts.push(this.#head.readingCount);
    if (this.#counts.length > RATE_FRAMES + 1) this.#counts.shift();
    const [first = 0] = this.#counts;
    const last = this.#counts[this.#counts.length - 1] ?? first;
    this.#head.setRate((last - first) / Math.max(1, this.#counts.length - 1));
  }
}

function bytesOf(events: readonly LiveEvent[]): number {
  return events.reduce((sum, { plain }) => sum + plain.length, 0);
}
