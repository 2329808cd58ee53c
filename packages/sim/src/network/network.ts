/**
 * The network between the nodes and the cloud: requests and answers that take their time, get lost, arrive twice or
 * long after their sender gave up. A sender hears an answer, a refusal, or nothing.
 */
import type { Rng } from '@fernsight/base';
import type { Kernel } from '../clock/kernel.ts';
import type { NetworkConfig } from '../plan/config.ts';
import type { Happening } from '../plan/happening.ts';
import type { Trace } from '../trace.ts';

export interface Request {
  readonly route: 'pushBatch' | 'pushReadings' | 'fetchModel' | 'modelKey';
  /** who asks; of `fetchModel` the name of what is asked for */
  readonly device: string;
  readonly body: Buffer;
  /** its Idempotency-Key: the same each time that it is sent */
  readonly key?: string | undefined;
}

export interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Where requests arrive. */
export interface Receiver {
  readonly isUp: boolean;
  /** @returns undefined where the connection broke off */
  receive(request: Request): Promise<Response | undefined>;
}

/** The way of one sender: what is done to it just now. */
interface Way {
  readonly group: number;
  cuts: number;
  silences: number;
  parts: number;
  /** the newest of its requests that arrived */
  newest: number;
}

export interface NetworkWires {
  readonly rng: Rng;
  readonly trace: Trace;
  /** hears what came of requests */
  readonly happened: (what: Happening) => void;
}

type Ratio = 'loss' | 'lostReply' | 'duplicate' | 'stray';

interface Copied {
  readonly way: Way;
  readonly request: Request;
  readonly number: number;
}

const STRAY_MS_MAX = 180_000;
const DUPLICATE_MS_MAX = 1_000;

export class Network {
  readonly #kernel: Kernel;
  readonly #rng: Rng;
  readonly #trace: Trace;
  readonly #happened: (what: Happening) => void;
  readonly #ways = new Map<string, Way>();
  readonly #ratios: Record<Ratio, number>;
  readonly #jitterMs: number;
  #latencyMs: number;
  #slowed = 0;
  #receiver: Receiver | undefined;
  #number = 0;

  constructor(kernel: Kernel, config: NetworkConfig, { rng, trace, happened }: NetworkWires) {
    this.#kernel = kernel;
    this.#rng = rng.fork('network');
    this.#trace = trace;
    this.#happened = happened;
    this.#latencyMs = config.latencyMs;
    this.#jitterMs = config.jitterMs;
    this.#ratios = {
      loss: config.lossRatio,
      lostReply: config.lostReplyRatio,
      duplicate: config.duplicateRatio,
      stray: config.strayRatio,
    };
  }

  connect(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  join(name: string, group: number): void {
    this.#ways.set(name, { group, cuts: 0, silences: 0, parts: 0, newest: 0 });
  }

  /** Refuses at once whatever these nodes send, until the returned function is called. */
  cut(names: readonly string[]): () => void {
    return this.#each(names, (way, by) => {
      way.cuts += by;
    });
  }

  /** Swallows whatever these nodes send. */
  silence(names: readonly string[]): () => void {
    return this.#each(names, (way, by) => {
      way.silences += by;
    });
  }

  part(group: number): () => void {
    const names = [...this.#ways].filter(([, way]) => way.group === group).map(([name]) => name);
    return this.#each(names, (way, by) => {
      way.parts += by;
    });
  }

  worsen(what: Ratio, ratio: number): () => void {
    this.#ratios[what] += ratio;
    return () => {
      this.#ratios[what] -= ratio;
    };
  }

  slow(latencyMs: number): () => void {
    this.#latencyMs += latencyMs;
    this.#slowed++;
    return () => {
      this.#latencyMs -= latencyMs;
      this.#slowed--;
    };
  }

  /** Everything arrives, once and soon. */
  heal(): void {
    for (const way of this.#ways.values()) {
      way.cuts = 0;
      way.silences = 0;
      way.parts = 0;
    }
    for (const ratio of Object.keys(this.#ratios) as Ratio[]) this.#ratios[ratio] = 0;
    this.#latencyMs = Math.min(this.#latencyMs, 200);
  }

  /**
   * Sends a request on its way.
   * @param hear is called at most once: with the answer, or with undefined where the line said that there will be none
   */
  send(from: string, request: Request, hear: (response: Response | undefined) => void): void {
    const number = ++this.#number;
    const way = this.#ways.get(from);
    this.#trace.note(from, `sends ${number}: ${request.route}, ${request.body.length} bytes`);
    if (way === undefined || way.cuts > 0) {
      this.#happened('cut');
      this.#kernel.after(this.#delayMs() / 2, () => hear(undefined));
      return;
    }
    const isLost = this.#chance('loss');
    const isSwallowed = this.#swallows(way);
    if (isLost) this.#happened('loss');
    else if (!isSwallowed) this.#carry(way, request, { number, hear });
    const copied = { way, request, number };
    if (this.#chance('stray') && !isSwallowed) this.#copy('stray', copied, STRAY_MS_MAX);
    if (this.#chance('duplicate') && !isSwallowed)
      this.#copy('duplicate', copied, DUPLICATE_MS_MAX);
  }

  /** whether nothing comes through, and nobody hears of it */
  #swallows({ silences, parts }: Way): boolean {
    if (silences > 0) this.#happened('half-open line');
    if (parts > 0) this.#happened('partition');
    return silences > 0 || parts > 0;
  }

  #carry(
    way: Way,
    request: Request,
    { number, hear }: { number: number; hear: (response: Response | undefined) => void },
  ): void {
    this.#kernel.after(this.#delayMs(), async () => {
      if (this.#slowed > 0) this.#happened('slow line');
      const response = await this.#arrive(way, request, number);
      const isLost = this.#chance('lostReply');
      if (isLost) this.#happened('lost reply');
      if (isLost || this.#swallows(way)) return;
      this.#kernel.after(this.#delayMs(), () => hear(way.cuts > 0 ? undefined : response));
    });
  }

  /** The same request once more, some time; nobody waits for its answer. */
  #copy(what: 'stray' | 'duplicate', { way, request, number }: Copied, withinMs: number): void {
    this.#kernel.after(this.#rng.next() * withinMs, () => {
      this.#happened(what);
      return this.#arrive(way, request, number);
    });
  }

  async #arrive(way: Way, request: Request, number: number): Promise<Response | undefined> {
    if (number < way.newest) this.#happened('reordering');
    way.newest = Math.max(way.newest, number);
    if (this.#receiver?.isUp !== true) return undefined;
    this.#trace.note('network', `${number} arrives`);
    const response = await this.#receiver.receive(request);
    this.#trace.note('network', `${number} is answered: ${response?.status ?? 'not'}`);
    return response;
  }

  #delayMs(): number {
    return this.#latencyMs / 2 + this.#rng.next() * this.#jitterMs;
  }

  #chance(what: Ratio): boolean {
    return this.#rng.next() < this.#ratios[what];
  }

  #each(names: readonly string[], change: (way: Way, by: 1 | -1) => void): () => void {
    const ways = names.map((name) => this.#ways.get(name)).filter((way) => way !== undefined);
    for (const way of ways) change(way, 1);
    return () => {
      for (const way of ways) change(way, -1);
    };
  }
}
