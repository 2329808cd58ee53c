/**
 * What people say of verdicts, and what follows from it. "Not an anomaly" makes a suppression region out of the stored
 * evidence of the event that the verdict belongs to; it goes to the worker for series that the cloud judges, and to an
 * agent with the reply to its next batch. Durable here first: after a crash in between, both hear of it again.
 */
import type { Clock } from '@fernsight/base';
import { jointRegionAround, regionAround } from '@fernsight/detect';
import {
  type Anomaly,
  type BatchReply,
  FeedbackQuery,
  type FeedbackReply,
  type Feedback as FeedbackRow,
  type FreshFeedback,
  GiveFeedback,
  type Incident,
  type Label,
  PAGE_ROWS_MAX,
  SUPPRESSED_SERIES_MAX,
  SuppressionsQuery,
  type SuppressionsReply,
} from '@fernsight/wire';
import { Parse } from 'typebox/value';
import { actorName } from '../access/principal.ts';
import { reply, unknown } from '../access/reply.ts';
import type { Desks } from '../desks.ts';
import type { Answer, Answers, Call } from '../http/answer.ts';
import { RequestFault } from '../ingest/requestFault.ts';
import { JOINT_SENSOR } from '../store/registry.ts';
import type { StoredEvent } from '../store/store.ts';
import { type Changed, FeedbackRows, type Given } from './feedbackRows.ts';
import { INCIDENT_AFTER_US, INCIDENT_BEFORE_US, INCIDENT_VERDICTS_MAX } from './limits.ts';

export interface FeedbackOptions {
  readonly dataDir: string;
  readonly desks: Desks;
  readonly clock: Clock;
  readonly findIncident: (
    id: number,
  ) => Pick<Incident, 'device' | 'cause' | 'openedUs' | 'closedUs'> | undefined;
  /** somebody has looked at it: it is not told again */
  readonly acknowledge: (id: number, by: string) => void;
  /** @returns the agent behind which a device stands, if any */
  readonly parentOf: (device: string) => string | undefined;
}

export class Feedback {
  readonly answers: Answers;
  readonly #options: FeedbackOptions;
  readonly #rows: FeedbackRows;

  /** @throws StorageFault, UsageFault */
  constructor(options: FeedbackOptions) {
    this.#options = options;
    this.#rows = new FeedbackRows(options.dataDir);
    this.answers = {
      giveFeedback: (call) => this.#give(call),
      feedback: ({ query }) => this.#page(Parse(FeedbackQuery, query)),
      suppressions: ({ query }) => this.#suppressions(Parse(SuppressionsQuery, query).device),
      removeSuppression: (call) => this.#takeBack(call),
    };
  }

  /** At a start: the worker hears of every series whose regions ever changed; what it knows costs nothing. */
  async reconcile(): Promise<void> {
    await this.#tellWorker(this.#rows.changedSince(0));
  }

  /** @param known the agent's version @returns what it has not heard of; undefined where that is nothing. O(1) then */
  newsFor(agent: string, known: number | undefined): BatchReply['suppression'] {
    if (known === this.#rows.newest || (known === undefined && this.#rows.newest === 0)) {
      return undefined;
    }
    // a version from the future is of another data folder: a restored backup
    const since = known === undefined || known > this.#rows.newest ? 0 : known;
    const { parentOf } = this.#options;
    const news = this.#rows
      .changedSince(since)
      .filter(({ device }) => device === agent || parentOf(device) === agent);
    const told = news.slice(0, SUPPRESSED_SERIES_MAX);
    const last = told.at(-1);
    const isAll = told.length === news.length || last === undefined;
    return {
      version: isAll ? this.#rows.newest : last.version,
      series: told.map((changed) => this.#rows.regionsOf(changed)),
    };
  }

  /** @returns the anomalies with what people said of them */
  labelled(anomalies: readonly Anomaly[]): Anomaly[] {
    const byDevice = Map.groupBy(anomalies, ({ device }) => device);
    const labels = new Map(
      [...byDevice].map(([device, rows]) => {
        const stamps = rows.map(({ tsUs }) => tsUs);
        return [device, this.#rows.labels(device, Math.min(...stamps), Math.max(...stamps))];
      }),
    );
    return anomalies.map((anomaly) => {
      const label = labels.get(anomaly.device)?.get(`${anomaly.sensor}/${anomaly.tsUs}`);
      return label === undefined ? anomaly : { ...anomaly, label };
    });
  }

  /** @returns what people said of a device's verdicts in a span, by `sensor/tsUs` */
  labelsOf(device: string, fromUs: number, toUs: number): ReadonlyMap<string, Label> {
    return this.#rows.labels(device, fromUs, toUs);
  }

  close(): void {
    this.#rows.close();
  }

  async #give(call: Call): Promise<Answer> {
    const wanted = Parse(GiveFeedback, call.body);
    const by = actorName(call.principal);
    const events =
      'incident' in wanted
        ? await this.#eventsOf(wanted.incident)
        : [await this.#eventAt(wanted.device, wanted.sensor, wanted.tsUs)];
    const given = events.map((event) => this.#givenOf(event, wanted, by));
    if (wanted.label === 'notAnomaly' && given.every(({ region }) => region === undefined)) {
      throw new RequestFault(422, 'of this verdict nobody knows what its channels showed', {
        hint: 'a verdict of an older agent cannot be suppressed: mute it, or add a maintenance window',
      });
    }
    const rows = this.#rows.add(given);
    if (rows === 'full') {
      throw new RequestFault(
        409,
        'the series, or the server, has as many suppression regions as it takes',
        {
          hint: 'take some back: GET /api/v1/suppressions lists them',
        },
      );
    }
    await this.#tellWorker(given);
    if ('incident' in wanted) this.#options.acknowledge(wanted.incident, by);
    return reply(201, { feedback: rows } satisfies FreshFeedback);
  }

  #givenOf({ anomaly, shown }: StoredEvent, wanted: GiveFeedback, by: string): Given {
    const { device, sensor, tsUs, kind, sentence } = anomaly;
    const incident = 'incident' in wanted ? wanted.incident : null;
    const givenUs = this.#options.clock.nowUs();
    const given = {
      label: wanted.label,
      device,
      sensor,
      tsUs,
      kind,
      sentence,
      by,
      givenUs,
      incident,
    };
    if (wanted.label === 'real' || shown.length === 0) return given;
    const { recurrence = 'weekly' } = wanted;
    const around = sensor === JOINT_SENSOR ? jointRegionAround : regionAround;
    return { ...given, region: (id) => around(shown, { id, recurrence }) };
  }

  async #eventAt(device: string, sensor: string, tsUs: number): Promise<StoredEvent> {
    await this.#options.desks.writer.ask('settle', null);
    const event = await this.#options.desks.reader.ask('event', { device, sensor, tsUs });
    if (event !== undefined) return event;
    throw new RequestFault(
      404,
      `there is no verdict in full on ${sensor} of ${device} at ${tsUs}`,
      {
        hint: 'GET /api/v1/anomalies lists them',
      },
    );
  }

  /** The verdicts that an incident fired at: of each sensor the newest at which an alarm began. */
  async #eventsOf(id: number): Promise<StoredEvent[]> {
    const incident = this.#options.findIncident(id);
    if (incident === undefined) {
      throw new RequestFault(404, `there is no incident ${id}`, {
        hint: 'See the list of incidents.',
      });
    }
    const { device, cause, openedUs, closedUs } = incident;
    const { anomalies } = await this.#options.desks.reader.ask('anomalies', {
      device,
      alarms: true,
      fromUs: openedUs - INCIDENT_BEFORE_US,
      toUs: (closedUs ?? this.#options.clock.nowUs()) + INCIDENT_AFTER_US,
      limit: INCIDENT_VERDICTS_MAX,
    });
    const own = anomalies.filter(({ sensorFault }) => sensorFault === (cause === 'sensorFault'));
    const bySensor = Map.groupBy(cause === 'silent' ? [] : own, ({ sensor }) => sensor);
    if (bySensor.size === 0) {
      throw new RequestFault(422, 'the incident has no verdict that could be labelled', {
        hint: 'silence is no verdict: mute the incident, or add a maintenance window',
      });
    }
    const newest = [...bySensor.values()].flatMap((rows) => rows.slice(0, 1));
    return Promise.all(newest.map(({ sensor, tsUs }) => this.#eventAt(device, sensor, tsUs)));
  }

  #page({ device, cursor, limit = PAGE_ROWS_MAX }: FeedbackQuery): Answer {
    const before = /^\d{1,15}$/.test(cursor ?? '') ? Number(cursor) : Number.MAX_SAFE_INTEGER;
    const feedback: FeedbackRow[] = this.#rows.page(before, device, limit);
    const last = feedback.at(-1);
    const next = feedback.length < limit || last === undefined ? {} : { next: String(last.id) };
    return reply(200, { feedback, ...next } satisfies FeedbackReply);
  }

  async #suppressions(device: string | undefined): Promise<Answer> {
    const stored = this.#rows.suppressions(device);
    const ids = stored.map(({ id }) => id);
    await this.#options.desks.writer.ask('settle', null);
    const quieted = await this.#options.desks.reader.ask('quieted', ids);
    const byRegion = new Map(quieted.map((one) => [one.region, one]));
    const suppressions = stored.map((one) => {
      const { count = 0, lastUs = null } = byRegion.get(one.id) ?? {};
      return { ...one, count, lastUs };
    });
    return reply(200, { suppressions } satisfies SuppressionsReply);
  }

  async #takeBack({ params }: Call): Promise<Answer> {
    const taken = this.#rows.takeBack(Number(params.suppression));
    if (taken === undefined) {
      return unknown(`suppression ${params.suppression}`, 'See the list of suppressions.');
    }
    await this.#tellWorker([taken]);
    return reply(204, null);
  }

  async #tellWorker(series: readonly Pick<Changed, 'device' | 'sensor'>[]): Promise<void> {
    if (series.length === 0) return;
    const regions = series.map((one) => this.#rows.regionsOf(one));
    await this.#options.desks.writer.ask('suppress', regions);
  }
}
