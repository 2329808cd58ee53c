/**
 * The load generator of the cloud's benchmark, a process of its own. It speaks HTTP over plain sockets with requests made
 * as late as possible, so that it costs the machine less than what it measures; its own CPU time is told with the result.
 *
 * Closed loop: each connection sends when it has its answer. Open loop: requests leave at their times whatever happens,
 * and a latency is counted from the time at which the request should have left. What could not leave in time counts as
 * failed, with what it had waited: a run ends when its time is over, however slow the server is.
 */
import { connect, type Socket } from 'node:net';
import { systemClock } from '@fernsight/base';

/** What a run sends; it comes as JSON in the first argument. */
export interface Load {
  readonly host: string;
  readonly port: number;
  /**
   * `columns`: one device's two sensors · `fleet`: one reading of each of many series · `single`: one reading · `batch`:
   * an agent's batch of its two sensors, judged already · `get`
   */
  readonly kind: 'columns' | 'fleet' | 'single' | 'batch' | 'get';
  readonly path: string;
  readonly readings: number;
  readonly devices: number;
  readonly connections: number;
  readonly seconds: number;
  /** at most so many requests; 0: no bound */
  readonly requestsMax: number;
  /** number of the first request: another run went before it */
  readonly first: number;
  /** of devices; fleets of different names do not meet */
  readonly prefix: string;
  /** between two stamps of a series, seconds */
  readonly stepSeconds: number;
  /** requests a second; 0: closed loop */
  readonly rate: number;
  /** first stamp */
  readonly fromUs: number;
}

export interface LoadResult {
  readonly requests: number;
  /** of the requests that did not fail */
  readonly readings: number;
  readonly failures: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const load = JSON.parse(process.argv[2] ?? '{}') as Load;
const latencies: number[] = [];
let failures = 0;
let sequence = load.first;

/** The n-th request of a run: which device it is of, and which round of the devices. */
function bodyOf(n: number): string {
  const { kind, readings, devices, fromUs, prefix, stepSeconds } = load;
  const stepUs = stepSeconds * 1e6;
  if (kind === 'batch') return JSON.stringify(batchOf(n));
  if (kind === 'columns') {
    const rows = readings / 2;
    const round = Math.floor(n / devices);
    const columns = ['temperature', 'humidity'].map((sensor, index) => {
      const first = fromUs + round * rows * stepUs;
      const tsUs = Array.from({ length: rows }, (_, row) => first + row * 1e6);
      return {
        device: `d${n % devices}`,
        sensor,
        tsUs,
        value: tsUs.map((ts) => valueAt(ts, (n % devices) * 2 + index)),
      };
    });
    return JSON.stringify({ columns });
  }
  const perRound = Math.ceil((devices * 2) / readings);
  const tsUs = fromUs + Math.floor(n / perRound) * stepUs;
  const columns = Array.from({ length: readings }, (_, index) => {
    const series = ((n % perRound) * readings + index) % (devices * 2);
    const sensor = series % 2 === 0 ? 'temperature' : 'humidity';
    return {
      device: `${prefix}${series >> 1}`,
      sensor,
      tsUs: [tsUs],
      value: [valueAt(tsUs, series)],
    };
  });
  return JSON.stringify({ columns });
}

function batchOf(n: number) {
  const { readings, fromUs, prefix, stepSeconds, devices } = load;
  const rows = readings / 2;
  const round = Math.floor(n / devices);
  const agent = `${prefix}${n % devices}`;
  const firstUs = fromUs + round * rows * stepSeconds * 1e6;
  const series = ['temperature', 'humidity'].map((sensor, half) => ({
    device: agent,
    sensor,
    seq: Array.from({ length: rows }, (_, row) => half * rows + row),
    firstUs,
    deltaUs: Array.from({ length: rows }, (_, row) => (row === 0 ? 0 : stepSeconds * 1e6)),
    value: Array.from({ length: rows }, (_, row) =>
      valueAt(firstUs + row * stepSeconds * 1e6, (n % devices) * 2 + half),
    ),
    scoreSteps: Array.from({ length: rows }, (_, row) => (row * 7919) % 30_000),
    stages: [{ row: 0, stage: 'ready' }],
    explained: [],
    bands: [],
  }));
  const status = {
    version: 'bench',
    outboxReadings: 0,
    outboxBytes: 0,
    clockUs: firstUs,
    taken: [],
  };
  const empty = { announce: [], joint: [], thinned: [], gone: [], summaries: [] };
  const range = { epoch: '00000000001-0000000001', seqFirst: round * readings, seqCount: readings };
  return { agent, lane: 'live', ...range, series, ...empty, status };
}

function pathOf(n: number): string {
  return load.kind === 'batch'
    ? `/api/v1/agents/${load.prefix}${n % load.devices}/batches`
    : load.path;
}

/** A slow wave with noise, two decimals: what the simulator's sensors give. */
function valueAt(tsUs: number, phase: number): number {
  const mixed = Math.imul(tsUs / 1e6, 0x9e3779b1) ^ Math.imul(phase + 1, 0x85ebca6b);
  const noise = (Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> 0) / 0x100000000;
  return Math.round(2000 + 300 * Math.sin(tsUs / 3.6e9 + phase) + 40 * noise) / 100;
}

function requestOf(n: number): string {
  const { kind, host } = load;
  const path = pathOf(n);
  if (kind === 'get') return `GET ${path} HTTP/1.1\r\nhost: ${host}\r\n\r\n`;
  const body = bodyOf(n);
  const head = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n`;
  return `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** After the end of a run, for the answers that are under way. */
const GRACE_MS = 10_000;

class Connection {
  readonly #socket: Socket;
  #resolve: (ok: boolean) => void = () => undefined;
  #isClosed = false;
  #head = '';
  /** bytes of the answer's body that have not come yet; undefined while its head has not */
  #missing: number | undefined;

  constructor() {
    this.#socket = connect(load.port, load.host);
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (bytes: Buffer) => this.#take(bytes));
    this.#socket.on('error', () => this.#resolve(false));
    this.#socket.on('close', () => {
      this.#isClosed = true;
      this.#resolve(false);
    });
  }

  /** @throws Error where the server hung up: nothing that is measured after it would be true */
  async exchange(dueMs: number): Promise<void> {
    if (this.#isClosed) throw new Error('the server closed the connection');
    const answered = new Promise<boolean>((resolve) => {
      this.#resolve = resolve;
    });
    this.#socket.write(requestOf(sequence++));
    if (!(await answered)) failures++;
    latencies.push(systemClock.monotonicMs() - dueMs);
  }

  close(): void {
    this.#socket.destroy();
  }

  /** An answer is whole when its head and as many bytes as that names are there; the body is not looked at. */
  #take(bytes: Buffer): void {
    let body = bytes.length;
    if (this.#missing === undefined) {
      this.#head += bytes.toString('latin1');
      const end = this.#head.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.#missing = Number(/content-length: (\d+)/i.exec(this.#head)?.[1] ?? 0);
      body = this.#head.length - end - 4;
    }
    this.#missing -= body;
    if (this.#missing > 0) return;
    const isGood = /^HTTP\/1\.1 2/.test(this.#head);
    this.#head = '';
    this.#missing = undefined;
    this.#resolve(isGood);
  }
}

async function runClosed(connections: readonly Connection[], endMs: number): Promise<void> {
  await Promise.all(
    connections.map(async (connection) => {
      const isBounded = load.requestsMax > 0;
      for (let now = systemClock.monotonicMs(); now < endMs; now = systemClock.monotonicMs()) {
        if (isBounded && sequence >= load.first + load.requestsMax) return;
        await connection.exchange(now);
      }
    }),
  );
}

async function runOpen(connections: readonly Connection[], endMs: number): Promise<void> {
  const startMs = systemClock.monotonicMs();
  const free = [...connections];
  const waiting: number[] = [];
  const underWay = new Set<Promise<void>>();
  const send = (dueMs: number): void => {
    // the one that has rested longest: a server closes a connection that nobody uses
    const connection = free.shift();
    if (connection === undefined) {
      waiting.push(dueMs);
      return;
    }
    const exchange = connection.exchange(dueMs).then(() => {
      free.push(connection);
      underWay.delete(exchange);
      const next = waiting.shift();
      if (next !== undefined) send(next);
    });
    underWay.add(exchange);
  };
  for (let n = 0; ; n++) {
    const dueMs = startMs + (n * 1000) / load.rate;
    if (dueMs >= endMs) break;
    const waitMs = dueMs - systemClock.monotonicMs();
    if (waitMs > 0) await systemClock.sleep(waitMs);
    send(dueMs);
  }
  for (const dueMs of waiting.splice(0)) giveUp(dueMs);
  const allAnswered = new AbortController();
  await Promise.race([
    Promise.all(underWay).then(() => allAnswered.abort()),
    systemClock.sleep(GRACE_MS, allAnswered.signal),
  ]);
}

function giveUp(dueMs: number): void {
  failures++;
  latencies.push(systemClock.monotonicMs() - dueMs);
}

async function main(): Promise<void> {
  const connections = Array.from({ length: load.connections }, () => new Connection());
  const cpuBefore = process.cpuUsage();
  const startMs = systemClock.monotonicMs();
  const endMs = startMs + load.seconds * 1000;
  await (load.rate > 0 ? runOpen(connections, endMs) : runClosed(connections, endMs));
  const seconds = (systemClock.monotonicMs() - startMs) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  for (const connection of connections) connection.close();
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0;
  const result: LoadResult = {
    requests: latencies.length,
    readings: (latencies.length - failures) * load.readings,
    failures,
    seconds,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: latencies[latencies.length - 1] ?? 0,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

await main();
