/** The routes of the scalable original: several metrics of a device at one time, the latest of each, the timeout. */
import { formatTimestamp, US_PER_MS } from '@fernsight/base';
import type { Answer, Answers, Call } from '../http/answer.ts';
import { type IngestOptions, publishIntake } from '../ingest/answers.ts';
import { Columns, type Intake } from '../ingest/columns.ts';
import { asName, asRecord, asTime, asValue, ItemFault } from '../ingest/item.ts';
import { parseJson } from '../ingest/parseJson.ts';
import { RequestFault } from '../ingest/requestFault.ts';
import type { Head } from '../live/head.ts';
import { type HeadDevice, scoreOf } from '../live/headDevice.ts';
import { isAnomaly } from '../store/marks.ts';
import { LatestBody } from './latestBody.ts';

const METRICS_MAX = 1_000;
const TIMEOUT_SECONDS_MAX = 31_536_000;

export interface ScalableOptions extends Pick<IngestOptions, 'stream' | 'access'> {
  readonly head: Head;
  readonly nowUs: () => number;
  /** makes a new timeout hold, also after a restart */
  readonly setPruneAfter: (ms: number) => Promise<void>;
}

export function scalableAnswers(options: ScalableOptions): Answers {
  const latest = new LatestBody(options.head, latestOf);
  return {
    data: (call) => orObjection(() => takeData(call, options)),
    latest: () => ({
      status: 200,
      body: latest.bytes(),
      headers: { 'content-type': 'application/json; charset=utf-8' },
    }),
    configure: (call) => orObjection(() => configure(call, options)),
  };
}

async function takeData(call: Call, options: ScalableOptions): Promise<Answer> {
  const { errors } = await publishIntake(readData(call.raw, call.receivedUs), call, options);
  const [first] = errors;
  if (first?.code === 'forbidden') return { status: 403, body: { error: first.message } };
  return {
    status: 202,
    body: { status: 'Data accepted', ...(first === undefined ? {} : { errors }) },
  };
}

/** @throws ItemFault, RequestFault where a field is not as it must be: it is taken whole or not at all */
export function readData(raw: Buffer, receivedUs: number): Intake {
  const body = asRecord(parseJson(raw));
  const device = asName(body.device_id, 'device_id');
  const tsUs = asTime(body.timestamp, 'timestamp');
  if (!Array.isArray(body.metrics)) throw new ItemFault('metrics', 'is not a list');
  if (body.metrics.length > METRICS_MAX)
    throw new ItemFault('metrics', `has more than ${METRICS_MAX} items`);
  const columns = new Columns(receivedUs);
  for (const [index, metric] of body.metrics.entries()) {
    const at = `metrics/${index}`;
    const record = asRecord(metric, at);
    const sensor = asName(record.type, `${at}/type`);
    columns.add(
      { device, sensor, type: sensor },
      { tsUs, value: asValue(record.value, `${at}/value`), at },
    );
  }
  return columns.finish();
}

/** JSON of one LatestReply item, by hand: of 10,000 devices that all changed it is most of what an answer takes. */
function latestOf({ name, sensors }: HeadDevice): string {
  let newestUs = 0;
  let metrics = '';
  for (const { sensor, latest } of sensors.values()) {
    newestUs = Math.max(newestUs, latest.tsUs);
    const score = scoreOf(latest) ?? 0;
    const verdict = isAnomaly(latest.mark)
      ? `"anomaly","confidence":${score}`
      : `"normal","confidence":${1 - score}`;
    const comma = metrics === '' ? '' : ',';
    metrics += `${comma}{"type":${JSON.stringify(sensor)},"value":${latest.value},"result":${verdict}}`;
  }
  const timestamp = formatTimestamp(newestUs);
  return `{"device_id":${JSON.stringify(name)},"timestamp":"${timestamp}","metrics":[${metrics}]}`;
}

async function configure(call: Call, { setPruneAfter }: ScalableOptions): Promise<Answer> {
  const name = 'active_device_timeout_seconds';
  const seconds = asRecord(parseJson(call.raw))[name];
  if (typeof seconds !== 'number' || !(seconds > 0 && seconds <= TIMEOUT_SECONDS_MAX)) {
    throw new ItemFault(
      name,
      `must be a number of seconds, above 0 and at most ${TIMEOUT_SECONDS_MAX}`,
    );
  }
  await setPruneAfter((seconds * 1e6) / US_PER_MS);
  return { status: 200, body: { status: 'updated', [name]: seconds } };
}

/** The original's clients look for `error`. */
async function orObjection(take: () => Promise<Answer>): Promise<Answer> {
  try {
    return await take();
  } catch (error) {
    if (error instanceof ItemFault) {
      const at = error.at === '' ? '' : `${error.at}: `;
      return { status: 400, body: { error: `${at}${error.message}` } };
    }
    if (error instanceof RequestFault && error.status === 400)
      return { status: 400, body: { error: error.message } };
    throw error;
  }
}
