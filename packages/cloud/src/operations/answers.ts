/** The routes that machines ask: is it up, does it take readings, and how is it. */
import type { Answers } from '../http/answer.ts';
import { RequestFault } from '../ingest/requestFault.ts';
import { RETRY_AFTER_SECONDS } from '../limits.ts';
import type { EmbeddedStream } from '../stream/stream.ts';
import type { Metrics } from './metrics.ts';

export function operationAnswers({
  metrics,
  stream,
}: {
  readonly metrics: Metrics;
  readonly stream: EmbeddedStream;
}): Answers {
  return {
    livez: () => ({ status: 200, body: { status: 'ok' } }),
    readyz: () => {
      const { failure } = stream;
      if (failure === undefined) return { status: 200, body: { status: 'ok' } };
      throw new RequestFault(503, 'the store does not take readings', {
        hint: failure,
        headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
      });
    },
    metrics: async () => ({
      status: 200,
      body: await metrics.registry.metrics(),
      headers: { 'content-type': metrics.registry.contentType },
    }),
  };
}
