/**
 * The link over HTTP(S): one POST a batch on a kept connection, compressed, answered within a bound time and size.
 *
 * `node:http` and not fetch: it costs a small device 10 MB less memory, and the deadline here covers everything from
 * the name's resolution to the reply's last byte, so that a drip of bytes cannot hold a lane.
 */
import type { Agent, IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { promisify } from 'node:util';
import { constants, gzip, zstdCompress } from 'node:zlib';
import { type Clock, errorMessage, systemClock, UsageFault } from '@fernsight/base';
import {
  addresses,
  type Batch,
  type BatchReply,
  locate,
  type ModelKey,
  parseBatchReply,
  parseModelKey,
  parseSignedModel,
  type SignedModel,
} from '@fernsight/wire/agent';
import { certificateHint, trustOf } from '../authority.ts';
import {
  COMPRESS_BYTES_MIN,
  EXCHANGE_TIMEOUT_MS,
  MODEL_REPLY_BYTES_MAX,
  REPLY_BYTES_MAX,
  RETRY_AFTER_MS_MAX,
} from '../limits.ts';
import { HttpAgent, requestHttp } from '../nodeHttp.ts';
import { type Link, LinkError, type LinkErrorKind, type ModelLink } from './link.ts';

export interface HttpLinkOptions {
  /** of the cloud: `https://fern.example:8443`; a path before the API's is kept */
  readonly url: string;
  readonly device: string;
  /** the device's token; never logged */
  readonly token?: string | undefined;
  /** PEM of a certificate authority to trust instead of the system's */
  readonly ca?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly timeoutMs?: number | undefined;
}

type Encoding = 'identity' | 'gzip' | 'zstd';
const UNSUPPORTED = 415;
const PROBLEM_TYPE = 'application/problem+json';
const GIVES_UP: readonly LinkErrorKind[] = ['refused', 'tooLarge'];

/** What came back over HTTP. */
export interface LinkAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const gzipAsync = promisify(gzip);
const zstdAsync = typeof zstdCompress === 'function' ? promisify(zstdCompress) : undefined;

/** @throws UsageFault where the URL is none, or the authority's certificate */
export function createHttpLink(options: HttpLinkOptions): Link {
  return new HttpLink(options);
}

class HttpLink implements Link, ModelLink {
  readonly models = this;
  readonly #options: HttpLinkOptions;
  readonly #url: URL;
  /** of the address that was given: what stands before the API's paths */
  readonly #basePath: string;
  readonly #clock: Clock;
  readonly #pool: Agent;
  #encoding: Encoding = 'gzip';
  /** refused by somebody on the way, whatever the cloud says of itself */
  readonly #untaken = new Set<Encoding>();

  constructor(options: HttpLinkOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#url = urlOf(options);
    this.#basePath = basePathOf(new URL(options.url));
    const pool = { keepAlive: true, maxSockets: 2, maxFreeSockets: 2 };
    this.#pool =
      this.#url.protocol === 'https:'
        ? new HttpsAgent({ ...pool, ...trustOf(options.ca) })
        : new HttpAgent(pool);
  }

  async exchange(batch: Batch, signal: AbortSignal): Promise<BatchReply> {
    const body = Buffer.from(JSON.stringify(batch));
    const encoding = body.length < COMPRESS_BYTES_MIN ? 'identity' : this.#encoding;
    const answer = await this.#send({ body: await compress(body, encoding), encoding }, signal);
    if (answer.status === UNSUPPORTED && encoding !== 'identity') {
      this.#untaken.add(encoding);
      this.#encoding = encoding === 'zstd' ? 'gzip' : 'identity';
      return this.exchange(batch, signal);
    }
    const takesZstd = answer.headers['accept-encoding']?.includes('zstd') === true;
    if (takesZstd && zstdAsync !== undefined && !this.#untaken.has('zstd')) this.#encoding = 'zstd';
    return replyOf(answer, this.#url.origin);
  }

  async fetchModel(hash: string, signal: AbortSignal): Promise<SignedModel> {
    const path = locate(addresses.fetchModel, { hash });
    return this.#fetch(path, parseSignedModel, signal);
  }

  async fetchModelKey(signal: AbortSignal): Promise<ModelKey> {
    return this.#fetch(locate(addresses.modelKey), parseModelKey, signal);
  }

  close(): void {
    this.#pool.destroy();
  }

  async #fetch<T>(
    path: string,
    parse: (value: unknown) => T | undefined,
    signal: AbortSignal,
  ): Promise<T> {
    return fetchedOf(await this.#send({ path }, signal), parse);
  }

  async #send(request: Request, signal: AbortSignal): Promise<LinkAnswer> {
    const done = new AbortController();
    const deadline = this.#clock
      .sleep(this.#options.timeoutMs ?? EXCHANGE_TIMEOUT_MS, done.signal)
      .then(() => done.signal.aborted || done.abort(new Error('no whole answer in time')));
    const stop = () => done.abort(new Error('stopped'));
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      return await this.#request(request, done.signal);
    } catch (cause) {
      if (cause instanceof LinkError) throw cause;
      const why = done.signal.aborted ? errorMessage(done.signal.reason) : errorMessage(cause);
      const hint = certificateHint(cause, 'cloudCa');
      throw new LinkError('unreachable', `no answer from ${this.#url.origin}: ${why}`, {
        ...(hint === undefined ? {} : { hint }),
        cause,
      });
    } finally {
      signal.removeEventListener('abort', stop);
      done.abort();
      await deadline;
    }
  }

  #request(asked: Request, signal: AbortSignal): Promise<LinkAnswer> {
    const { token } = this.#options;
    const isFetch = 'path' in asked;
    const headers = {
      ...(isFetch ? {} : headersOf(asked)),
      accept: 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const url = isFetch ? new URL(this.#basePath + asked.path, this.#url) : this.#url;
    const method = isFetch ? 'GET' : 'POST';
    const bytesMax = isFetch ? MODEL_REPLY_BYTES_MAX : REPLY_BYTES_MAX;
    const request = url.protocol === 'https:' ? requestHttps : requestHttp;
    return new Promise((resolve, reject) => {
      const sent = request(url, { method, agent: this.#pool, headers, signal });
      sent.on('response', (response) => readAnswer(response, bytesMax).then(resolve, reject));
      sent.on('error', reject);
      sent.end(isFetch ? undefined : asked.body);
    });
  }
}

/** A batch to post, or something to fetch. */
type Request =
  | { readonly body: Uint8Array; readonly encoding: Encoding }
  | { readonly path: string };

function headersOf({ body, encoding }: Extract<Request, { readonly body: Uint8Array }>) {
  return {
    'content-type': 'application/json',
    'content-length': body.length,
    ...(encoding === 'identity' ? {} : { 'content-encoding': encoding }),
  };
}

/**
 * @param origin of the cloud, for the hint
 * @returns the reply that an answer to a batch holds
 * @throws LinkError where it holds none
 */
export function replyOf(answer: LinkAnswer, origin: string): BatchReply {
  if (answer.status < 200 || answer.status > 299) throw errorOf(answer, origin);
  const reply = parseBatchReply(parseJson(answer.body));
  if (reply !== undefined) return reply;
  throw strange(answer, origin);
}

/** Something else answers: a proxy, another server, a port that speaks TLS. */
function strange({ status }: LinkAnswer, origin: string): LinkError {
  return new LinkError('garbage', `the answer to a batch is not one (HTTP ${status})`, {
    hint: `is ${origin} a Fernsight cloud?`,
  });
}

/** @returns what an answer to a fetch holds. @throws LinkError where it holds none */
export function fetchedOf<T>(answer: LinkAnswer, parse: (value: unknown) => T | undefined): T {
  if (answer.status !== 200) throw errorOf(answer, 'the cloud');
  const parsed = parse(parseJson(answer.body));
  if (parsed !== undefined) return parsed;
  throw new LinkError('garbage', 'the answer is not what was asked for');
}

function urlOf(options: HttpLinkOptions): URL {
  try {
    const base = new URL(options.url);
    if (base.protocol !== 'http:' && base.protocol !== 'https:') throw new TypeError('protocol');
    return new URL(
      basePathOf(base) + locate(addresses.pushBatch, { device: options.device }),
      base,
    );
  } catch (cause) {
    throw new UsageFault(`${JSON.stringify(options.url)} is not the address of a cloud`, {
      op: 'uplink.open',
      hint: 'http://host:port or https://host:port',
      cause,
    });
  }
}

function basePathOf({ pathname }: URL): string {
  return pathname.replace(/\/$/, '');
}

async function compress(body: Uint8Array, encoding: Encoding): Promise<Uint8Array> {
  if (encoding === 'zstd' && zstdAsync !== undefined) {
    return zstdAsync(body, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  }
  return encoding === 'identity' ? body : gzipAsync(body, { level: 1 });
}

async function readAnswer(response: IncomingMessage, bytesMax: number): Promise<LinkAnswer> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of response) {
    const bytes = Buffer.from(part);
    sizeBytes += bytes.length;
    if (sizeBytes > bytesMax) {
      response.destroy();
      throw new LinkError('garbage', `the answer is longer than ${bytesMax} bytes`);
    }
    parts.push(bytes);
  }
  const status = response.statusCode ?? 0;
  return { status, headers: response.headers, body: Buffer.concat(parts).toString('utf8') };
}

function parseJson(text: string): unknown {
  const value = jsonOf(text);
  if (value === undefined) throw new LinkError('garbage', 'the answer is not JSON');
  return value;
}

/** @returns undefined where the text is none */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

/** A batch that is refused is given up: only the cloud may, and it answers with a problem document. */
function errorOf(answer: LinkAnswer, origin: string): LinkError {
  const retryAfterMs = retryAfterOf(answer.headers['retry-after']);
  const kind = kindOf(answer.status);
  const isOfCloud = answer.headers['content-type']?.startsWith(PROBLEM_TYPE) === true;
  if (GIVES_UP.includes(kind) && !isOfCloud) return strange(answer, origin);
  return new LinkError(kind, `the cloud answered ${describe(answer)}`, {
    retryAfterMs,
  });
}

function kindOf(status: number): LinkErrorKind {
  if (status === 429 || status === 503) return 'busy';
  if (status === 413) return 'tooLarge';
  if (status === 400 || status === 409 || status === 422) return 'refused';
  return status >= 400 && status < 500 ? 'denied' : 'unreachable';
}

/** @returns the status, with what a problem document says beyond it; what only calls itself one says nothing */
function describe(answer: LinkAnswer): string {
  const text = `HTTP ${answer.status}`;
  if (answer.headers['content-type']?.includes('json') !== true) return text;
  const problem = jsonOf(answer.body);
  if (typeof problem !== 'object' || problem === null || !('detail' in problem)) return text;
  return `${text}: ${String(problem.detail).slice(0, 300)}`;
}

/** @param header seconds; the other form, a date, would trust two clocks and is not read */
function retryAfterOf(header: string | undefined): number {
  const seconds = Number(header ?? '0');
  return seconds > 0 ? Math.min(seconds * 1000, RETRY_AFTER_MS_MAX) : 0;
}
