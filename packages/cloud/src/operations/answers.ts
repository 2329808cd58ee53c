/** The routes that machines ask: is it up, does it take readings, and how is it. */
import type { Desks } from '../desks.ts';
import type { Answers } from '../http/answer.ts';
import { RequestFault } from '../ingest/requestFault.ts';
import { RETRY_AFTER_SECONDS } from '../limits.ts';
import type { EmbeddedStream } from '../stream/stream.ts';
import type { Metrics } from './metrics.ts';

export function operationAnswers({
  metrics,
  stream,
  desks: { writer, reader },
  damagedRows,
}: {
  readonly metrics: Metrics;
  readonly stream: EmbeddedStream;
  readonly desks: Desks;
  /** rows of the journal that are set aside, as of the start */
  readonly damagedRows: number;
}): Answers {
  const requireAlive = (): void => {
    const fault = writer.failure ?? reader.failure;
    if (fault !== undefined) throw unavailable('the server ends', fault.message);
  };
  return {
    livez: () => {
      requireAlive();
      return { status: 200, body: { status: 'ok' } };
    },
    readyz: async () => {
      requireAlive();
      const failure = await stream.failing();
      if (failure !== undefined) throw unavailable('the store does not take readings', failure);
      return { status: 200, body: { status: 'ok', ...(damagedRows > 0 ? { damagedRows } : {}) } };
    },
    metrics: async () => ({
      status: 200,
      body: await metrics.registry.metrics(),
      headers: { 'content-type': metrics.registry.contentType },
    }),
  };
}

function unavailable(detail: string, hint: string): RequestFault {
  const headers = { 'retry-after': String(RETRY_AFTER_SECONDS) };
  return new RequestFault(503, detail, { hint, headers });
}
