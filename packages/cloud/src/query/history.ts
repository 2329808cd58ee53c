/**
 * A series' past out of two places: the writer's tail and the reader's chunks. The tail is taken first; where it was
 * packed before the reader looked, the reader says so and both are asked again.
 */
import { Fault } from '@fernsight/base';
import { HISTORY_POINTS_MAX } from '@fernsight/wire';
import type { Past } from '../store/past.ts';
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

const POINTS = 1_000;
/** A device is packed once in hundreds of readings: twice in a row is rare, so many times a fault of ours. */
const ATTEMPTS_MAX = 20;

export async function readPast(
  request: HistoryRequest,
  writer: Desk<WriterCalls>,
  reader: Desk<ReaderCalls>,
): Promise<Past> {
  const { device, sensor, fromUs, toUs, points = POINTS } = request;
  const pointsMax = Math.min(points, HISTORY_POINTS_MAX);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const tail = await writer.ask('tail', { device, sensor });
    const past = await reader.ask('past', { device, sensor, fromUs, toUs, pointsMax, tail });
    if (past !== 'moved') return past;
  }
  throw new Fault('the series is packed faster than it can be read', {
    op: 'query.history',
    retryable: true,
  });
}
