/**
 * One attempt to deliver a notice to a channel. An attempt that fails says why in words that carry no secret: a status, a
 * code of the network, never the address.
 *
 * A webhook is signed: `Fernsight-Signature: t=SECONDS,v1=HEX`, the HMAC-SHA-256 of `SECONDS.BODY` under the channel's
 * secret. The time is signed too, so that an old message cannot be sent again later; the receiver tells repeats apart by
 * `Fernsight-Notice`.
 */
import { createHmac } from 'node:crypto';
import { errorCode, US_PER_SECOND } from '@fernsight/base';
import type { Notice } from '@fernsight/wire';
import type { OpenChannel } from './channels.ts';
import { DeliveryFault } from './deliveryFault.ts';
import { postOf } from './format.ts';
import { RETRY_AFTER_MS_MAX } from './limits.ts';
import { sendMail } from './mail.ts';

export interface Attempt {
  readonly channel: OpenChannel;
  readonly notice: Notice;
  readonly nowUs: number;
  readonly signal: AbortSignal;
}

/** @returns what the receiver answered. @throws DeliveryFault */
export async function send({ channel, notice, nowUs, signal }: Attempt): Promise<string> {
  const { target, signingSecret } = channel;
  if (target.kind === 'email') return sendMail(target, { notice, signal });
  const { url, body } = postOf(target, notice);
  const place = placeOf(url);
  const headers = {
    ...place.headers,
    'content-type': 'application/json',
    'user-agent': 'fernsight',
    'fernsight-notice': String(notice.id),
    ...(signingSecret === null ? {} : { 'fernsight-signature': sign(body, signingSecret, nowUs) }),
  };
  const response = await post(place.url, { headers, body, signal });
  await response.body?.cancel();
  if (response.ok) return `answered ${response.status}`;
  const waitMs = retryAfterMs(response.headers.get('retry-after'), nowUs);
  throw new DeliveryFault(`answered ${response.status}`, waitMs);
}

/** @param header seconds, or a date of HTTP, which is compared with this server's clock (RFC 9110, 10.2.3) */
export function retryAfterMs(header: string | null, nowUs: number): number {
  const text = header?.trim() ?? '';
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowUs / 1_000;
  return Number.isNaN(waitMs) ? 0 : Math.min(Math.max(0, waitMs), RETRY_AFTER_MS_MAX);
}

/** Name and password of an address go into a header: fetch refuses them, in words that repeat them. */
function placeOf(address: string): { readonly url: string; readonly headers: object } {
  const url = new URL(address);
  const { username, password } = url;
  if (username === '' && password === '') return { url: address, headers: {} };
  url.username = '';
  url.password = '';
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    url: url.href,
    headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` },
  };
}

/** @returns the signature of a webhook's body */
function sign(body: string, secret: string, nowUs: number): string {
  const seconds = Math.floor(nowUs / US_PER_SECOND);
  const mac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${mac}`;
}

async function post(
  url: string,
  request: { readonly headers: Record<string, string>; body: string; signal: AbortSignal },
): Promise<Response> {
  try {
    return await fetch(url, { method: 'POST', redirect: 'manual', ...request });
  } catch (error) {
    if (request.signal.aborted) throw new DeliveryFault('no answer in time');
    const cause = error instanceof Error ? error.cause : undefined;
    // the code alone: the words may hold the address
    throw new DeliveryFault(`not reached: ${errorCode(cause) ?? 'it cannot be called'}`);
  }
}
