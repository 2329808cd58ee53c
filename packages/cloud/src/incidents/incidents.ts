/**
 * From alarms and silences to what people are told: an edge opens or calms an incident, and a few times a second the
 * incidents are looked through: quiet ones close, and those that are due are told, together where they began together.
 *
 * Edges of backfilled readings are passed over: they have a lane of their own, and the past never pages
 * anybody; nor does what a plain device says of an hour ago.
 */
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { type Clock, type Log, type Rng, US_PER_HOUR } from '@fernsight/base';
import type { Incident, MaintenanceWindow, Notice } from '@fernsight/wire';
import type { Answers } from '../http/answer.ts';
import type { Silence } from '../live/head.ts';
import type { Watch } from '../live/watch.ts';
import { channelAnswers } from '../notify/answers.ts';
import { Channels } from '../notify/channels.ts';
import { Courier } from '../notify/courier.ts';
import { NoticeQueue } from '../notify/noticeQueue.ts';
import { openVault } from '../notify/vault.ts';
import { openDatabase, transact } from '../store/sqlite/database.ts';
import { whenRoom } from '../store/sqlite/room.ts';
import type { AlarmEdge } from '../worker/outcome.ts';
import { incidentAnswers } from './answers.ts';
import { type Gathered, IncidentRows, type Now } from './incidentRows.ts';
import { PAST_US, TICK_MS } from './limits.ts';
import { lookThrough, type Telling } from './look.ts';
import { Maintenance } from './maintenance.ts';
import { createNotice } from './notice.ts';
import { type Signal, signalOf, silenceOf, WHOLE_DEVICE } from './signal.ts';

export interface IncidentsOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  /** hears all maintenance windows when they have changed, and resolves when the judges know */
  readonly onMaintenance: (windows: readonly MaintenanceWindow[]) => Promise<void>;
}

export class Incidents implements Watch {
  readonly answers: Answers;
  readonly #database: DatabaseSync;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #rows: IncidentRows;
  readonly #maintenance: Maintenance;
  readonly #queue: NoticeQueue;
  readonly #courier: Courier;
  readonly #telling: Telling;
  #prunedUs = 0;

  /** @throws StorageFault, UsageFault */
  constructor({ dataDir, clock, rng, log, onMaintenance }: IncidentsOptions) {
    const path = join(dataDir, 'incidents.db');
    this.#database = openDatabase(path, 'write', new URL('.', import.meta.url));
    this.#clock = clock;
    this.#log = log;
    this.#rows = new IncidentRows(this.#database);
    this.#maintenance = new Maintenance(this.#database);
    const channels = new Channels(this.#database, openVault(dataDir));
    this.#queue = new NoticeQueue(this.#database);
    this.#courier = new Courier({ channels, queue: this.#queue, clock, rng, log });
    this.#telling = {
      rows: this.#rows,
      maintenance: this.#maintenance,
      tell: (gathered, now) => this.#tell(gathered, now),
      tellEnds: (gathered, nowUs) => this.#tellEnds(gathered, nowUs),
    };
    this.answers = {
      ...incidentAnswers({
        rows: this.#rows,
        maintenance: this.#maintenance,
        clock,
        changed: () => onMaintenance(this.#maintenance.all()),
      }),
      ...channelAnswers({ channels, courier: this.#courier }),
    };
  }

  onAlarm(edges: readonly AlarmEdge[]): void {
    const nowUs = this.#clock.nowUs();
    const live = edges.filter(
      ({ on, tsUs, backfilled }) => !backfilled && !(on && nowUs - tsUs > PAST_US),
    );
    if (live.length === 0) return;
    transact(this.#database, () => {
      for (const edge of live) {
        if (edge.on) this.#rows.raise(signalOf(edge), nowUs);
        else this.#rows.clear(edge, nowUs);
      }
    });
  }

  onSilence(silences: readonly Silence[]): void {
    if (silences.length === 0) return;
    const nowUs = this.#clock.nowUs();
    transact(this.#database, () => {
      for (const { device, silent } of silences) {
        if (silent) this.#rows.raise(silenceOf(device), nowUs);
        else this.#rows.clear({ device, sensor: WHOLE_DEVICE }, nowUs);
      }
    });
  }

  /**
   * After a restart: signals that ended while nobody looked are cleared, and alarms that began are raised. Who is silent
   * comes by `onSilence`: it may be a whole fleet, whose server was away for longer than it waits for a device.
   */
  reconcile(alarms: readonly Signal[], silentDevices: readonly string[]): void {
    const nowUs = this.#clock.nowUs();
    const keyOf = ({ device, sensor }: Pick<Signal, 'device' | 'sensor'>) => `${device}/${sensor}`;
    const stands = new Set(alarms.map(keyOf));
    for (const device of silentDevices) stands.add(keyOf({ device, sensor: WHOLE_DEVICE }));
    const known = this.#rows.openSignals();
    const isKnown = new Set(known.map(keyOf));
    transact(this.#database, () => {
      for (const signal of known) if (!stands.has(keyOf(signal))) this.#rows.clear(signal, nowUs);
      for (const signal of alarms) {
        if (!isKnown.has(keyOf(signal))) this.#rows.raise(signal, nowUs);
      }
    });
  }

  find(id: number): Omit<Incident, 'inMaintenance'> | undefined {
    return this.#rows.find(id);
  }

  /** Somebody is on it: it is not told again. */
  acknowledge(id: number, by: string): void {
    this.#rows.acknowledge(id, by, this.#clock.nowUs());
  }

  /** @returns all maintenance windows, those that have passed a while ago too */
  windows(): readonly MaintenanceWindow[] {
    return this.#maintenance.all();
  }

  /** @returns whether a maintenance window covered a device at a moment */
  inMaintenance(device: string, tsUs: number): boolean {
    return this.#maintenance.covers(device, tsUs);
  }

  /** Looks through the incidents and delivers what people are told, until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#watch(signal), this.#courier.run(signal)]);
  }

  close(): void {
    this.#database.close();
  }

  async #watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const how = { clock: this.#clock, log: this.#log, signal };
      await whenRoom(() => this.#tick(this.#clock.nowUs()), how);
      await this.#clock.sleep(TICK_MS, signal);
    }
  }

  #tick(nowUs: number): void {
    if (this.#rows.mayBeDue(nowUs)) this.#rows.rest(lookThrough(this.#telling, nowUs));
    if (nowUs - this.#prunedUs >= US_PER_HOUR) this.#prune(nowUs);
  }

  #tell(gathered: Gathered, now: Now): void {
    const event = gathered.isAgain ? 'again' : 'opened';
    const named = this.#rows.named(gathered, now);
    this.#send(createNotice({ ...gathered, event, named }, now.nowUs), () =>
      this.#rows.told(gathered, now),
    );
  }

  #tellEnds(gathered: Gathered, nowUs: number): void {
    const named = this.#rows.namedEnds(gathered);
    this.#send(createNotice({ ...gathered, event: 'resolved', named }, nowUs), () =>
      this.#rows.endsTold(gathered, nowUs),
    );
  }

  /** What was told and what is to be delivered are one commit: nothing is told twice, and nothing is forgotten. */
  #send(notice: Omit<Notice, 'id'>, mark: () => void): void {
    transact(this.#database, () => {
      mark();
      this.#queue.add(notice);
    });
    this.#courier.wake();
  }

  #prune(nowUs: number): void {
    this.#prunedUs = nowUs;
    this.#rows.prune(nowUs);
    this.#maintenance.dropPast(nowUs);
  }
}
