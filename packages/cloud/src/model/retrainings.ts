/**
 * Sensor types that are trained again by themselves, by a time-table each. When the next one is due is durable: a run that
 * fell due while the server was down, or while another training ran, is made up for once, however many were missed. It
 * counts as run once it has begun: one that a stop cut short is not begun again before its next time.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Clock, errorMessage, type Log } from '@fernsight/base';
import { type RetrainingsReply, SetRetraining } from '@fernsight/wire';
import { Cron } from 'croner';
import { Parse } from 'typebox/value';
import { reply, unknown } from '../access/reply.ts';
import type { Answer, Answers, Call } from '../http/answer.ts';
import { RequestFault } from '../ingest/requestFault.ts';
import { type Job, nextOf } from '../scheduler/scheduler.ts';
import { allRows, asNumber, asText, type SqlRow } from '../store/sqlite/database.ts';
import { worseIn } from './acceptance.ts';
import type { Comparisons } from './comparisons.ts';
import { RETRAINING_GAP_US, RETRAININGS_MAX } from './limits.ts';
import type { ModelRegistry } from './modelRegistry.ts';
import { requireSensorType } from './sensorTypes.ts';
import type { Trainings } from './trainings.ts';

const LIST = 'SELECT * FROM retraining ORDER BY nextUs, sensorType';
const PUT = `INSERT INTO retraining (sensorType, times, activates, onlyWhenMoved, nextUs) SELECT ?, ?, ?, ?, ?
  WHERE (SELECT count(*) FROM retraining WHERE sensorType <> ?1) < ${RETRAININGS_MAX}
  ON CONFLICT (sensorType) DO UPDATE SET times = excluded.times, activates = excluded.activates,
  onlyWhenMoved = excluded.onlyWhenMoved, nextUs = excluded.nextUs`;
const PLAN = 'UPDATE retraining SET nextUs = ? WHERE sensorType = ?';
const NOTE = 'UPDATE retraining SET nextUs = ?, lastUs = ?, lastOutcome = ? WHERE sensorType = ?';
const SAY = 'UPDATE retraining SET lastOutcome = ? WHERE sensorType = ?';
const REMOVE = 'DELETE FROM retraining WHERE sensorType = ?';

/** Who started a training that nobody did. */
const SCHEDULE = 'schedule';

export interface RetrainingsOptions {
  readonly models: ModelRegistry;
  readonly trainings: Trainings;
  readonly comparisons: Comparisons;
  /** Tries a model on the server's own series. @returns why it is refused, if it is */
  readonly tried: (sensorType: string, hash: string) => Promise<string | undefined>;
  /** @returns how many series of a type are to be trained again */
  readonly movedCount: (sensorType: string) => number;
  /** resolves when the worker knows what is chosen */
  readonly chosen: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

type Retraining = RetrainingsReply['retrainings'][number];
type Planned = Retraining & { readonly dueUs: number };

export class Retrainings {
  readonly answers: Answers;
  readonly job: Job;
  readonly #options: RetrainingsOptions;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(options: RetrainingsOptions) {
    this.#options = options;
    this.#statements = prepareStatements(options.models.database);
    this.job = { name: 'retraining', times: '0 * * * * *', run: async () => this.#look() };
    this.answers = {
      retrainings: () => reply(200, { retrainings: this.#list().map(shown) }),
      setRetraining: (call) => this.#set(call),
      removeRetraining: ({ params: { sensorType = '' } }) =>
        this.#statements.remove.run(sensorType).changes === 1
          ? reply(204, null)
          : unknown(`time-table of ${sensorType}`, 'It is trained by hand only already.'),
    };
  }

  /** Begins what is due. @returns what came of it, in a few words */
  #look(): string {
    const nowUs = this.#options.clock.nowUs();
    const tally = { begun: 0, spared: 0, waiting: 0 };
    for (const planned of this.#list()) {
      const nextUs = nextOf(cronOf(planned.times), nowUs);
      if (planned.dueUs <= nowUs) tally[this.#begin(planned, nowUs, nextUs)]++;
      else if (isSetBack(planned, nextUs)) this.#statements.plan.run(nextUs, planned.sensorType);
    }
    const { begun, spared, waiting } = tally;
    if (begun + spared + waiting === 0) return 'nothing is due';
    return `${begun} trainings begun, ${spared} spared, ${waiting} waiting for another`;
  }

  #begin(planned: Planned, nowUs: number, nextUs: number): 'begun' | 'spared' | 'waiting' {
    const { sensorType, onlyWhenMoved } = planned;
    const { note } = this.#statements;
    if (onlyWhenMoved === true && this.#options.movedCount(sensorType) === 0) {
      note.run(nextUs, nowUs, 'not trained: no series has moved', sensorType);
      return 'spared';
    }
    const done = planned.activates ? (hash: string) => this.#activate(sensorType, hash) : undefined;
    const start = { sensorType, startedBy: SCHEDULE, span: {}, done };
    if (this.#options.trainings.start(start) === undefined) return 'waiting';
    note.run(nextUs, nowUs, 'training begun', sensorType);
    return 'begun';
  }

  async #activate(sensorType: string, hash: string): Promise<void> {
    const { models, chosen, log } = this.#options;
    if (models.find(hash)?.active === true) return;
    const why = await this.#objection(sensorType, hash);
    this.#statements.say.run(why === undefined ? 'chosen' : `not chosen: ${why}`, sensorType);
    if (why !== undefined) {
      log.warn('a model of the schedule was not chosen', { sensorType, hash, why });
      return;
    }
    models.activate(hash, SCHEDULE);
    log.info('a model was chosen by the schedule', { sensorType, hash });
    await chosen();
  }

  /** @returns why what was trained is not chosen: it fails its trial, it is worse than what is, or nobody can tell */
  async #objection(sensorType: string, first: string): Promise<string | undefined> {
    const { models, comparisons, tried } = this.#options;
    const refusal = await tried(sensorType, first);
    if (refusal !== undefined) return refusal;
    const second = models.list().find((one) => one.active && one.sensorType === sensorType);
    const wanted = { sensorType, first, second: second?.hash ?? null };
    try {
      const { results, error } = await comparisons.compared(wanted, SCHEDULE);
      const [fresh, chosen] = results;
      if (fresh === undefined || chosen === undefined) return error ?? 'it was not compared';
      return worseIn(fresh, chosen);
    } catch (error) {
      if (!(error instanceof RequestFault)) throw error;
      return error.message;
    }
  }

  #set({ params: { sensorType = '' }, body }: Call): Answer {
    const { times, activates, onlyWhenMoved = false } = Parse(SetRetraining, body);
    requireSensorType(sensorType);
    const nextUs = firstTime(times, this.#options.clock.nowUs());
    const flags = [Number(activates), Number(onlyWhenMoved)];
    if (this.#statements.put.run(sensorType, times, ...flags, nextUs).changes === 0) {
      throw new RequestFault(409, 'as many sensor types have a time-table as the server takes', {
        hint: 'remove one: GET /api/v1/retrainings lists them',
      });
    }
    return reply(200, { sensorType, times, activates, onlyWhenMoved });
  }

  #list(): Planned[] {
    return allRows(this.#statements.list).map(plannedOf);
  }
}

function plannedOf(row: SqlRow): Planned {
  const nextUs = asNumber(row.nextUs);
  return {
    ...{ sensorType: asText(row.sensorType), times: asText(row.times) },
    ...{ activates: row.activates === 1, onlyWhenMoved: row.onlyWhenMoved === 1 },
    ...{ nextUs, dueUs: nextUs },
    last:
      row.lastUs === null ? null : { atUs: asNumber(row.lastUs), outcome: asText(row.lastOutcome) },
  };
}

/** @returns whether the wall clock was set back since a run was planned; a time that was run already is not run twice */
function isSetBack({ dueUs, last }: Planned, nextUs: number): boolean {
  const isRun = last != null && Math.abs(nextUs - last.atUs) < RETRAINING_GAP_US;
  return dueUs > nextUs && !isRun;
}

function shown({ dueUs, ...retraining }: Planned): Retraining {
  return retraining;
}

function cronOf(times: string): Cron {
  return new Cron(times, { timezone: 'UTC', paused: true });
}

/** @returns when a time-table comes first. @throws RequestFault where it is none, never comes, or comes too often */
function firstTime(times: string, nowUs: number): number {
  let cron: Cron;
  try {
    cron = cronOf(times);
  } catch (error) {
    throw unfit(`"${times}" is no time-table: ${errorMessage(error)}`);
  }
  const firstUs = nextOf(cron, nowUs);
  if (firstUs === Number.POSITIVE_INFINITY) throw unfit(`"${times}" never comes`);
  let lastUs = firstUs;
  for (let run = 0; run < TIMES_LOOKED_AT; run++) {
    const nextUs = nextOf(cron, lastUs);
    if (nextUs - lastUs < RETRAINING_GAP_US) throw unfit(`"${times}" comes more than once an hour`);
    lastUs = nextUs;
  }
  return firstUs;
}

/** Each hour of a day, and the next day's first. */
const TIMES_LOOKED_AT = 25;

function unfit(detail: string): RequestFault {
  return new RequestFault(422, detail, {
    hint: 'give the five or six fields of a cron table, UTC: 0 3 * * 0 is each Sunday at three',
  });
}

function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  return {
    list: prepare(LIST),
    put: prepare(PUT),
    plan: prepare(PLAN),
    note: prepare(NOTE),
    say: prepare(SAY),
    remove: prepare(REMOVE),
  };
}
