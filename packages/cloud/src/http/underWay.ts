/**
 * Requests that are under way when the server ends: they are answered, while others get 503 and go elsewhere or come
 * again. A client that hears nothing cannot know that its reading was stored.
 */
import type { Clock } from '@fernsight/base';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** A sender that stalls, or a reader that does not read, holds the end up no longer. */
export const STOP_GRACE_MS = 5_000;

/** @param isEndless requests whose replies have no end by themselves */
export function answerBeforeEnd(
  app: FastifyInstance,
  {
    clock,
    isEndless,
  }: { readonly clock: Clock; readonly isEndless: (request: FastifyRequest) => boolean },
): void {
  const underWay = new Set<unknown>();
  let onAnswered = (): void => undefined;
  app.addHook('onRequest', async (request, { raw }) => {
    if (isEndless(request)) return;
    underWay.add(raw);
    raw.once('close', () => {
      underWay.delete(raw);
      if (underWay.size === 0) onAnswered();
    });
  });
  app.addHook('preClose', async () => {
    if (underWay.size === 0) return;
    const answered = new AbortController();
    onAnswered = () => answered.abort();
    await clock.sleep(STOP_GRACE_MS, answered.signal);
  });
}
