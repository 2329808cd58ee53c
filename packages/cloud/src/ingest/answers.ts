/** The routes that take readings: native formats, InfluxDB's address, agents' batches. */
import type { Batch, BatchReply, ItemError, ReadingsReply } from '@fernsight/wire';
import type { Access } from '../access/access.ts';
import { actorName } from '../access/principal.ts';
import type { Answer, Answers, Call } from '../http/answer.ts';
import type { Desk } from '../stream/desk.ts';
import type { ReadingStream } from '../stream/stream.ts';
import type { WriterCalls } from '../stream/writer.ts';
import { readBatch } from './agentBatch.ts';
import type { Intake } from './columns.ts';
import { readJson, readNdjson } from './json.ts';
import { type Precision, readLines } from './lineProtocol.ts';
import { formatOf } from './mediaType.ts';
import type { PlainParcel, Run } from './parcel.ts';
import { Receipts } from './receipts.ts';
import { RequestFault } from './requestFault.ts';

export interface IngestOptions {
  readonly stream: ReadingStream;
  readonly access: Access;
  readonly writer: Desk<WriterCalls>;
  /** hears what an agent runs, and says what it should run now */
  readonly wantedModels: (batch: Batch, receivedUs: number) => BatchReply['models'];
  /** the suppression regions that an agent has not heard of, by the version that it holds */
  readonly suppressionNews: (agent: string, known: number | undefined) => BatchReply['suppression'];
  /** the same of maintenance windows */
  readonly maintenanceNews: (agent: string, known: string | undefined) => BatchReply['maintenance'];
}

export function ingestAnswers(options: IngestOptions): Answers {
  const receipts = new Receipts(options.writer);
  return {
    pushBatch: (call) => pushBatch(call, options),
    pushReadings: async (call) => {
      const { idempotencyKey: key, principal } = call;
      const receipt =
        key === undefined
          ? undefined
          : await receipts.receiptOf(key, actorName(principal), call.receivedUs);
      const receivedUs = receipt?.receivedUs ?? call.receivedUs;
      const { parcel, ...about } = readReadings({ ...call, receivedUs });
      const keyed = receipt === undefined ? parcel : { ...parcel, receipt };
      const reply = await publishIntake({ ...about, parcel: keyed }, call, options);
      return { status: 202, body: reply };
    },
    pushLines: async (call) => {
      const precision = (call.query.precision ?? 'ns') as Precision;
      const intake = readLines(call.raw, { receivedUs: call.receivedUs, precision });
      const reply = await publishIntake(intake, call, options);
      // a client that hears 400 gives the whole batch up, in its own eyes
      const errors = reply.errors.filter(({ code }) => code !== 'text');
      return errors.length === 0 ? { status: 204, body: null } : partialWrite(errors);
    },
  };
}

function readReadings({ contentType, raw, receivedUs }: Call): Intake {
  const format = formatOf(contentType);
  if (format === 'json') return readJson(raw, receivedUs);
  if (format === 'ndjson') return readNdjson(raw, receivedUs);
  if (format === 'lines') return readLines(raw, { receivedUs, precision: 'ns' });
  throw new RequestFault(415, `readings do not come as ${contentType}`, {
    hint: 'send application/json, application/x-ndjson, or line protocol as text/plain',
  });
}

/** @returns the reply, once everything that could be taken is durable */
export async function publishIntake(
  intake: Intake,
  { principal }: Pick<Call, 'principal'>,
  { stream, access }: Pick<IngestOptions, 'stream' | 'access'>,
): Promise<ReadingsReply> {
  const { places, errors } = intake;
  const { parcel, forbidden } = keepAllowed(intake, (device) => access.mayWrite(principal, device));
  for (const { device, first, count } of forbidden) {
    const message = `the credential is not one of ${JSON.stringify(device)}`;
    for (let row = first; row < first + count; row++)
      errors.add({ at: places[row] ?? '', code: 'forbidden', message });
  }
  const outcome = await stream.publish(parcel);
  for (const { row, code, message } of outcome.refusals)
    errors.add({ at: places[row] ?? '', code, message });
  const { stored: accepted, duplicates, expired } = outcome;
  return { accepted, duplicates, ...(expired > 0 ? { expired } : {}), errors: errors.list() };
}

/** Leaves out the runs of devices that the sender may not write for, and what is counted for them; the rows stay where they are. */
function keepAllowed(
  { parcel }: Intake,
  mayWrite: (device: string) => boolean,
): { readonly parcel: PlainParcel; readonly forbidden: readonly Run[] } {
  const { allowed = [], forbidden = [] } = Object.groupBy(parcel.runs, ({ device }) =>
    mayWrite(device) ? 'allowed' : 'forbidden',
  );
  const rejected = parcel.rejected.filter(({ device }) => mayWrite(device));
  return { parcel: { ...parcel, runs: allowed, rejected }, forbidden };
}

/** InfluxDB's clients understand 400 with a message; what could be taken was. */
function partialWrite(errors: readonly ItemError[]): Answer {
  const [first] = errors;
  throw new RequestFault(
    400,
    `partial write: ${first?.at ?? ''} ${first?.message ?? ''}${errors.length > 1 ? '; `errors` lists more' : ''}`,
    {
      errors: errors.map(({ at, message }) => ({ pointer: at, detail: message })),
    },
  );
}

async function pushBatch(
  call: Call,
  { stream, access, wantedModels, suppressionNews, maintenanceNews }: IngestOptions,
): Promise<Answer> {
  const batch = call.body as Batch;
  if (batch.agent !== call.params.device) {
    throw new RequestFault(
      422,
      `/agent is ${JSON.stringify(batch.agent)}, and the path names another`,
      {
        errors: [{ pointer: '/agent', detail: 'is not the agent of the path' }],
      },
    );
  }
  const children = batch.announce
    .map(({ device }) => device)
    .filter((device) => device !== batch.agent);
  refuseDevices(access.mayWrite(call.principal, batch.agent) ? [] : [batch.agent]);
  refuseDevices(access.claim(call.principal, children));
  const named = new Set(
    [...batch.series, ...batch.thinned, ...batch.gone, ...batch.summaries].map(
      ({ device }) => device,
    ),
  );
  refuseDevices([...named].filter((device) => !access.mayWrite(call.principal, device)));
  const outcome = await stream.publish(readBatch(batch, call.receivedUs));
  const { problem } = outcome;
  if (problem !== undefined)
    throw new RequestFault(problem.status, problem.detail, { hint: problem.hint });
  const suppression = suppressionNews(batch.agent, batch.status.suppression);
  const maintenance = maintenanceNews(batch.agent, batch.status.maintenance);
  const reply: BatchReply = {
    status: outcome.isRepeat ? 'duplicate' : 'stored',
    stored: outcome.stored,
    duplicates: outcome.duplicates,
    serverUs: call.receivedUs,
    models: wantedModels(batch, call.receivedUs),
    ...(suppression === undefined ? {} : { suppression }),
    ...(maintenance === undefined ? {} : { maintenance }),
  };
  return { status: 200, body: reply, headers: { 'accept-encoding': 'zstd, gzip' } };
}

function refuseDevices(devices: readonly string[]): void {
  const [first] = devices;
  if (first === undefined) return;
  throw new RequestFault(403, `the credential is not one of ${JSON.stringify(first)}`, {
    hint: 'announce the devices behind the agent first; a device belongs to one agent',
  });
}
