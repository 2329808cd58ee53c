/** The agent's link over the simulated network: a batch as the bytes that HTTP would carry, with the same deadline. */

import type { Clock } from '@fernsight/base';
import { fetchedOf, type Link, LinkError, type ModelLink, replyOf } from '@fernsight/edge';
import type { Batch, BatchReply } from '@fernsight/wire';
import { parseModelKey, parseSignedModel } from '@fernsight/wire/agent';
import { EXCHANGE_TIMEOUT_MS } from '../limits.ts';
import type { Network, Request, Response } from './network.ts';

const NOTHING = Buffer.alloc(0);
/** A reason that costs no stack trace. */
const OVER = 'over';

export interface SimLinkOptions {
  readonly agent: string;
  readonly network: Network;
  readonly clock: Clock;
  /** hears of each batch before it leaves */
  readonly onSend: (batch: Batch) => void;
  /** and of each answer before the agent does */
  readonly onReply: (reply: BatchReply) => void;
}

export function createSimLink(options: SimLinkOptions): Link {
  const { agent, network, clock, onSend, onReply } = options;
  const ask = async (request: Request, signal: AbortSignal): Promise<Response> => {
    const answer = await answered(signal, clock, (hear) => network.send(agent, request, hear));
    if (answer === undefined) throw new LinkError('unreachable', 'no answer from the cloud');
    return answer;
  };
  const models: ModelLink = {
    fetchModel: async (hash, signal) => {
      const request = { route: 'fetchModel', device: hash, body: NOTHING } as const;
      return fetchedOf(await ask(request, signal), parseSignedModel);
    },
    fetchModelKey: async (signal) => {
      const request = { route: 'modelKey', device: agent, body: NOTHING } as const;
      return fetchedOf(await ask(request, signal), parseModelKey);
    },
  };
  return {
    models,
    async exchange(batch: Batch, signal: AbortSignal): Promise<BatchReply> {
      onSend(batch);
      const body = Buffer.from(JSON.stringify(batch));
      const answer = await ask({ route: 'pushBatch', device: agent, body }, signal);
      const reply = replyOf(answer, 'the cloud');
      onReply(reply);
      return reply;
    },
  };
}

/**
 * Waits for what a request comes to, as long as a link does.
 * @returns undefined where nothing came in time, or the wait was aborted
 */
export async function answered(
  signal: AbortSignal,
  clock: Clock,
  send: (hear: (response: Response | undefined) => void) => void,
): Promise<Response | undefined> {
  const done = new AbortController();
  const stop = () => done.abort(OVER);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  let answer: Response | undefined;
  const deadline = clock.sleep(EXCHANGE_TIMEOUT_MS, done.signal);
  send((response) => {
    if (done.signal.aborted) return;
    answer = response;
    done.abort(OVER);
  });
  await deadline;
  done.abort(OVER);
  signal.removeEventListener('abort', stop);
  return answer;
}
