/** Incidents on a folder of their own, with a receiver of webhooks and a clock that a test moves: for tests. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog, createRng, ManualClock } from '@fernsight/base';
import {
  type Channel,
  ChannelsReply,
  type Incident,
  IncidentsReply,
  Notice,
  type RouteName,
} from '@fernsight/wire';
import { Parse } from 'typebox/value';
import { factsOf, textOf } from '../access/accessTrial.ts';
import type { Answer } from '../http/answer.ts';
import { Incidents } from './incidents.ts';
import type { Signal } from './signal.ts';

interface Received {
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
  readonly notice: Notice;
}

/** Stands still while a receiver is answering, second by second: an attempt is not late by it because the machine is slow. */
class TrialClock extends ManualClock {
  isHeld: () => boolean = () => false;

  override async advance(ms: number): Promise<void> {
    for (let left = ms; left >= 0; left -= SECOND_MS) {
      await super.advance(Math.min(left, SECOND_MS));
      while (this.isHeld()) await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

const SECOND_MS = 1_000;

export class IncidentTrial {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'incidents-'));
  readonly clock = new TrialClock(1_800_000_000_000_000);
  readonly notices: Notice[] = [];
  readonly statuses: number[] = [];
  logged = '';
  signingSecret = '';
  readonly #server: Server;
  readonly #answers = new Map<string, { readonly status: number; readonly waitSeconds: number }>();
  readonly #inbox: Received[] = [];
  #seen = 0;
  #open = 0;
  #arrival = Promise.withResolvers<void>();
  #incidents = this.#openIncidents();
  #ending = new AbortController();
  #running: Promise<void>;

  static async begin(): Promise<IncidentTrial> {
    const trial = new IncidentTrial();
    trial.#server.listen(0, '127.0.0.1');
    await once(trial.#server, 'listening');
    return trial;
  }

  private constructor() {
    this.clock.isHeld = () => this.#open > 0;
    this.#running = this.#incidents.run(this.#ending.signal);
    this.#server = createServer((request, response) => {
      let body = '';
      this.#open++;
      request.on('data', (piece) => {
        body += piece;
      });
      request.on('end', () => {
        const name = request.url?.split('/').at(-1) ?? '';
        const { status, waitSeconds } = this.#answers.get(name) ?? { status: 200, waitSeconds: 0 };
        const headers = waitSeconds === 0 ? {} : { 'retry-after': String(waitSeconds) };
        response.once('close', () => this.#open--);
        response.writeHead(status, headers).end();
        const notice = Parse(Notice, JSON.parse(body));
        this.#inbox.push({ body, headers: request.headers, notice });
        this.notices.push(notice);
        this.statuses.push(status);
        this.statuses.sort();
        this.#arrival.resolve();
        this.#arrival = Promise.withResolvers();
      });
    });
  }

  async end(): Promise<void> {
    await this.#stop();
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.dataDir, { recursive: true });
  }

  async restart(): Promise<void> {
    await this.#stop();
    this.#incidents = this.#openIncidents();
    this.#ending = new AbortController();
    this.#running = this.#incidents.run(this.#ending.signal);
  }

  async addWebhook(
    name = 'hook',
    status = 200,
  ): Promise<{ readonly signingSecret: string; readonly url: string }> {
    const address = this.#server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    this.answer(name, status);
    const url = `http://127.0.0.1:${port}/secret-path/${name}`;
    const added = await this.call('addChannel', {}, { name, target: { kind: 'webhook', url } });
    this.signingSecret = textOf(added.body, 'signingSecret');
    return { signingSecret: this.signingSecret, url };
  }

  /** What the receiver answers from now on. @param waitSeconds Retry-After; 0 sends none */
  answer(name: string, status: number, waitSeconds = 0): void {
    this.#answers.set(name, { status, waitSeconds });
  }

  alarm(
    device: string,
    sensor: string,
    { on = true, sensorFault = false, backfilled = false, ageUs = 0 } = {},
  ): void {
    const tsUs = this.clock.nowUs() - ageUs;
    const sentence = on ? `${sensor} is odd` : '';
    const kind = on ? 'spike' : 'none';
    this.#incidents.onAlarm([
      { device, sensor, on, tsUs, kind, sensorFault, sentence, backfilled },
    ]);
  }

  silence(devices: readonly string[], silent: boolean): void {
    const sinceUs = this.clock.nowUs();
    this.#incidents.onSilence(devices.map((device) => ({ device, silent, sinceUs })));
  }

  reconcile(alarms: readonly Signal[], silentDevices: readonly string[]): void {
    this.#incidents.reconcile(alarms, silentDevices);
  }

  /** @returns the last of the next so many posts, with all answers back: no attempt is late by a clock that is moved then */
  async received(count = 1): Promise<Received> {
    this.#seen += count;
    while (this.#inbox.length < this.#seen) await this.#arrival.promise;
    const last = this.#inbox[this.#seen - 1];
    if (last === undefined) throw new Error('nothing was received');
    await this.settled();
    return last;
  }

  get receivedCount(): number {
    return this.#inbox.length;
  }

  /** Lets what is on its way arrive, and the answers come back. */
  async settled(): Promise<void> {
    let quiet = 0;
    while (quiet < 20) {
      const before = this.#inbox.length;
      await new Promise((resolve) => setImmediate(resolve));
      quiet = before === this.#inbox.length && this.#open === 0 ? quiet + 1 : 0;
    }
  }

  async all(): Promise<Incident[]> {
    const { body } = await this.call('incidents', {});
    return Parse(IncidentsReply, body).incidents;
  }

  async open(): Promise<Incident[]> {
    return (await this.all()).filter(({ state }) => state !== 'closed');
  }

  async channels(): Promise<Channel[]> {
    return Parse(ChannelsReply, (await this.call('channels', {})).body).channels;
  }

  async call(
    name: RouteName,
    params: Readonly<Record<string, string | number>>,
    body?: unknown,
  ): Promise<Answer> {
    const answer = this.#incidents.answers[name];
    if (answer === undefined) throw new Error(`no answer for ${name}`);
    const texts = Object.entries(params).map(([key, value]) => [key, String(value)]);
    return answer({
      params: Object.fromEntries(texts),
      query: {},
      body,
      raw: Buffer.alloc(0),
      contentType: 'application/json',
      receivedUs: this.clock.nowUs(),
      principal: { kind: 'person', name: 'anna', role: 'admin', digest: '' },
      facts: factsOf({}),
    });
  }

  async #stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
    this.#incidents.close();
  }

  #openIncidents(): Incidents {
    const { dataDir, clock } = this;
    const log = createLog('debug', {
      write: (line) => {
        this.logged += line;
      },
    });
    const onMaintenance = async () => undefined;
    return new Incidents({ dataDir, clock, rng: createRng(1), log, onMaintenance });
  }
}
