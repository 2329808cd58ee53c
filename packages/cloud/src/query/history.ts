/**
 * A series' past out of two places: the writer's tail and the reader's chunks. The tail is taken first; where it was
 * packed before the reader looked, the reader says so and both are asked again.
 */
import { Fault } from '@fernsight/base';
import { HISTORY_POINTS_MAX } from '@fernsight/wire';
import { RequestFault } from '../ingest/requestFault.ts';
import type { SpanQuery, TailPart } from '../store/store.ts';
import type { Desk } from '../stream/desk.ts';
import type { WriterCalls } from '../stream/writer.ts';
import type { ReaderCalls } from './reader.ts';

export interface HistoryRequest {
  readonly device: string;
  readonly sensor: string;
  readonly fromUs: number;
  readonly toUs: number;
  readonly points?: number;
}

interface Desks {
  readonly writer: Desk<WriterCalls>;
  readonly reader: Desk<ReaderCalls>;
}

const POINTS = 1_000;
/** A device is packed once in hundreds of readings: twice in a row is rare, so many times a fault of ours. */
const ATTEMPTS_MAX = 20;

/** @throws RequestFault (400) for a stretch that ends before it begins */
export function refuseBackwards({
  fromUs,
  toUs,
}: {
  readonly fromUs?: number;
  readonly toUs?: number;
}): void {
  if (fromUs === undefined || toUs === undefined || toUs >= fromUs) return;
  throw new RequestFault(400, 'toUs is before fromUs', {
    errors: [{ pointer: '/toUs', detail: 'is before fromUs' }],
  });
}

/** @param series as the writer has it: its unit, and its tail a moment ago. @returns the reply's bytes */
export function readPast(
  request: HistoryRequest,
  { unit, tail }: { readonly unit: string | undefined; readonly tail: TailPart },
  desks: Desks,
): Promise<Uint8Array<ArrayBuffer>> {
  const { points = POINTS, ...span } = request;
  const pointsMax = Math.min(points, HISTORY_POINTS_MAX);
  const about = unit === undefined ? { pointsMax } : { pointsMax, unit };
  return readTogether({ ...span, tail }, desks, (query) =>
    desks.reader.ask('history', { ...query, ...about }),
  );
}

/** Asks the reader with a tail that fits the chunks it sees, first with the one given, if any. @throws Fault where that does not come about */
export async function readTogether<T>(
  span: Omit<SpanQuery, 'tail'> & { readonly tail?: TailPart },
  { writer }: Pick<Desks, 'writer'>,
  ask: (query: SpanQuery) => Promise<T | 'moved'>,
): Promise<T> {
  const { device, sensor, fromUs, toUs } = span;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const known = attempt === 0 ? span.tail : undefined;
    const tail = known ?? (await writer.ask('tail', { device, sensor }));
    const answer = await ask({ device, sensor, fromUs, toUs, tail });
    if (answer !== 'moved') return answer;
  }
  throw new Fault('the series is packed faster than it can be read', {
    op: 'query.history',
    retryable: true,
  });
}
