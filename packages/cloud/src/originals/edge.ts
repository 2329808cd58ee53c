/** The routes of the edge original: window summaries in, statistics out, 422 in the manner of its framework. */
import { formatTimestamp } from '@fernsight/base';
import type { WindowSummary } from '@fernsight/wire';
import type { Answer, Answers, Call } from '../http/answer.ts';
import type { IngestOptions } from '../ingest/answers.ts';
import { asName, asTime, ItemFault, show } from '../ingest/item.ts';
import type { PlainParcel } from '../ingest/parcel.ts';
import { parseJson } from '../ingest/parseJson.ts';
import { RequestFault } from '../ingest/requestFault.ts';
import { fleetTotals, summaryOf } from '../query/statistics.ts';
import type { Desk } from '../stream/desk.ts';
import type { WriterCalls } from '../stream/writer.ts';
import { type Objection, objectionTo } from './objection.ts';

export interface EdgeOptions extends Pick<IngestOptions, 'stream' | 'access'> {
  readonly writer: Desk<WriterCalls>;
  readonly nowUs: () => number;
}

export function edgeAnswers(options: EdgeOptions): Answers {
  const { writer, nowUs } = options;
  return {
    pushWindow: (call) => pushWindow(call, options),
    devices: async () => {
      const devices = (await writer.ask('statistics', {})).map(summaryOf);
      return { status: 200, body: { devices, count: devices.length } };
    },
    device: async ({ params }) => {
      const device = params.device ?? '';
      const [found] = await writer.ask('statistics', { device });
      if (found === undefined) throw new RequestFault(404, `there is no device ${device}`);
      return { status: 200, body: summaryOf(found) };
    },
    stats: async () => ({ status: 200, body: fleetTotals(await writer.ask('statistics', {})) }),
    health: () => ({
      status: 200,
      body: { status: 'healthy', timestamp: formatTimestamp(nowUs()) },
    }),
  };
}

async function pushWindow(call: Call, { stream, access }: EdgeOptions): Promise<Answer> {
  const reading = readWindow(call.raw);
  if ('detail' in reading) return { status: 422, body: reading };
  if (!access.mayWrite(call.principal, reading.device)) {
    throw new RequestFault(403, `the credential is not one of ${JSON.stringify(reading.device)}`);
  }
  const empty = { runs: [], tsUs: new Float64Array(0), value: new Float64Array(0), rejected: [] };
  const parcel: PlainParcel = {
    kind: 'plain',
    receivedUs: call.receivedUs,
    ...empty,
    windows: [reading],
  };
  const { windowIds, problem } = await stream.publish(parcel);
  if (problem !== undefined)
    throw new RequestFault(problem.status, problem.detail, { hint: problem.hint });
  const received_at = formatTimestamp(call.receivedUs);
  const body = {
    status: 'success',
    record_id: windowIds[0] ?? 0,
    device_id: reading.device,
    received_at,
  };
  return { status: 200, body };
}

/** @returns the summary, or every objection to it */
export function readWindow(raw: Buffer): WindowSummary | { readonly detail: Objection[] } {
  const detail: Objection[] = [];
  const body = recordOf(raw, detail);
  // of what cannot be read nothing is known to be missing
  if (detail.length > 0) return { detail };
  const field = <T>(name: string, read: (value: unknown) => T): T | undefined => {
    try {
      if (body[name] === undefined) throw new ItemFault(name, 'Field required');
      return read(body[name]);
    } catch (error) {
      if (!(error instanceof ItemFault)) throw error;
      const type = error.message === 'Field required' ? 'missing' : 'value_error';
      detail.push({ loc: ['body', name], msg: error.message, type });
      return undefined;
    }
  };
  const time = (name: string) => field(name, (value) => asStamp(value, name));
  const number = (name: string, rule: Rule) => field(name, (value) => asNumber(value, name, rule));
  const window = {
    device: field('device_id', (value) => asName(value, 'device_id')),
    startUs: time('window_start'),
    endUs: time('window_end'),
    anomalyCount: number('anomaly_count', COUNT),
    sampleCount: number('total_samples', POSITIVE_COUNT),
    avgScore: number('avg_score', ANY),
    maxScore: number('max_score', ANY),
    minScore: number('min_score', ANY),
  };
  return detail.length > 0 || !isWhole(window) ? { detail } : window;
}

/** In native formats null is a stamp that is left out; here there must be one. */
function asStamp(value: unknown, at: string): number {
  const tsUs = asTime(value, at);
  if (tsUs === undefined) throw new ItemFault(at, `${show(value)} is not a time`);
  return tsUs;
}

interface Rule {
  readonly holds: (value: number) => boolean;
  readonly text: string;
}

const COUNT: Rule = {
  holds: (value) => Number.isSafeInteger(value) && value >= 0,
  text: 'an integer greater than or equal to 0',
};
const POSITIVE_COUNT: Rule = {
  holds: (value) => Number.isSafeInteger(value) && value > 0,
  text: 'an integer greater than 0',
};
const ANY: Rule = { holds: Number.isFinite, text: 'a finite number' };

function asNumber(value: unknown, at: string, rule: Rule): number {
  if (typeof value === 'number' && rule.holds(value)) return value;
  throw new ItemFault(at, `${show(value)} is not ${rule.text}`);
}

function recordOf(raw: Buffer, detail: Objection[]): Readonly<Record<string, unknown>> {
  try {
    const parsed = parseJson(raw);
    if (typeof parsed === 'object' && parsed !== null) return { ...parsed };
    detail.push({ loc: ['body'], msg: 'Input should be an object', type: 'model_type' });
  } catch (error) {
    if (!(error instanceof RequestFault)) throw error;
    detail.push(objectionTo(error.errors?.[0]?.pointer ?? '', error.message));
  }
  return {};
}

function isWhole(
  window: { readonly [Key in keyof WindowSummary]: WindowSummary[Key] | undefined },
): window is WindowSummary {
  return Object.values(window).every((value) => value !== undefined);
}
