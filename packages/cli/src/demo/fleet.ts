/**
 * The fleet of the demo, wired as it would be in the field: agents with an outbox file each and a link over HTTP, plain
 * devices that post. What the demo knows beyond that are the incidents it caused.
 */
import { join } from 'node:path';
import {
  type Clock,
  type Log,
  makeFolder,
  type Rng,
  US_PER_HOUR,
  US_PER_MS,
} from '@fernsight/base';
import { type Agent, createAgent, createHttpLink } from '@fernsight/edge';
import { createClient } from '@fernsight/wire/client';

import type { Incident } from './incident.ts';
import { PlainDevice } from './plainDevice.ts';
import { AGENTS, type Machine, PLAIN } from './plant.ts';
import { createPlantSource } from './plantSource.ts';
import { Signal } from './signal.ts';

/** The past that every sensor sends first. */
const HISTORY_US = US_PER_HOUR;
/**
 * Mean time between two incidents of one sensor in the past, in readings: about one an hour where it is read each
 * second. It is already much for a plant; of more the detectors would learn that they are normal.
 */
const PAST_READINGS_PER_INCIDENT = 4_000;
/** Mean time between two incidents anywhere in the plant from now on: a visitor should not have to wait. */
const LIVE_MS_PER_INCIDENT = 8_000;
/** Every fourth plain device speaks as the clients of the older system do. */
const ORIGINAL_EVERY = 4;
const SEND_INTERVAL_MS = 1_000;

export interface FleetOptions {
  readonly url: string;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
}

export class Fleet {
  readonly devices: readonly string[] = [...AGENTS, ...PLAIN].map(({ device }) => device);
  readonly incidents: Incident[] = [];
  readonly #options: FleetOptions;
  readonly #startUs: number;
  readonly #ending = new AbortController();
  readonly #agents: readonly Agent[];
  readonly #plain: readonly PlainDevice[];

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#startUs = options.clock.nowUs();
    makeFolder(join(options.dataDir, 'agents'));
    this.#agents = AGENTS.map((machine) => this.#createAgent(machine));
    this.#plain = PLAIN.map((machine, index) => this.#createPlain(machine, index));
  }

  /** readings measured so far */
  get takenCount(): number {
    const agents = this.#agents.reduce((sum, agent) => sum + agent.status().taken, 0);
    return agents + this.#plain.reduce((sum, device) => sum + device.takenCount, 0);
  }

  /** readings measured and not acknowledged */
  get waitingCount(): number {
    const agents = this.#agents.reduce((sum, agent) => sum + agent.status().waiting, 0);
    return (
      agents + this.#plain.reduce((sum, device) => sum + device.takenCount - device.sentCount, 0)
    );
  }

  /** Runs until `signal` is aborted; what was measured by then is handed over, unless `limit` is aborted before. */
  async run(signal: AbortSignal, limit: AbortSignal): Promise<void> {
    const end = () => this.#ending.abort();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    await Promise.all([
      ...this.#agents.map((agent) => agent.run(limit, { untilDone: true })),
      ...this.#plain.map((device) => device.run(this.#ending.signal)),
    ]);
  }

  #createAgent(machine: Machine): Agent {
    const { clock, log, rng, dataDir, url } = this.#options;
    const { device, intervalMs, sensors, site } = machine;
    return createAgent({
      device,
      site,
      outbox: join(dataDir, 'agents', `${device}.db`),
      sources: [createPlantSource(this.#createSignal(machine), clock, this.#ending.signal)],
      sensors: sensors.map(({ sensor, type, unit }) => ({
        sensor,
        type,
        unit,
        intervalUs: intervalMs * US_PER_MS,
      })),
      link: createHttpLink({ url, device }),
      sendIntervalMs: SEND_INTERVAL_MS,
      clock,
      rng: rng.fork(`agent/${device}`),
      log: log.with({ device }),
    });
  }

  #createPlain(machine: Machine, index: number): PlainDevice {
    const { clock, rng, url } = this.#options;
    return new PlainDevice({
      signal: this.#createSignal(machine),
      client: createClient({ baseUrl: url }),
      clock,
      rng: rng.fork(`plain/${machine.device}`),
      speaksOriginal: index % ORIGINAL_EVERY === 0,
    });
  }

  #createSignal(machine: Machine): Signal {
    const perMs = [...AGENTS, ...PLAIN].reduce(
      (sum, { sensors, intervalMs }) => sum + sensors.length / intervalMs,
      0,
    );
    const liveChance01 = 1 / (LIVE_MS_PER_INCIDENT * perMs);
    return new Signal(machine, {
      rng: this.#options.rng,
      startUs: this.#startUs - HISTORY_US,
      incidentChance01: (tsUs) =>
        tsUs < this.#startUs ? 1 / PAST_READINGS_PER_INCIDENT : liveChance01,
      onIncident: (incident) => this.incidents.push(incident),
    });
  }
}
