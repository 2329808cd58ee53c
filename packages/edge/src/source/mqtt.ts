/**
 * An MQTT broker as a source. Devices behind the agent come from the topic.
 *
 * With QoS 1 nothing is lost and nothing doubled: the broker keeps the session, a message is acknowledged after its
 * readings are synced, and the position holds what was taken under which id, so that a message that the broker sends
 * again, after a cut or a kill, is known. An acknowledgement that was sent may not have arrived, so the newest of those
 * that were acknowledged stay in the position; and because a broker gives an id to another message later, a message is
 * known by its content too. A broker keeps few messages unacknowledged (mosquitto: 20, `max_inflight_messages`), so the
 * source asks for a sync before they run out.
 *
 * What was published with QoS 0 comes once, whatever was subscribed to: what arrived is taken even when the line is lost
 * behind it, and what a kill may cost of it is reported as of a source that cannot repeat. While the agent takes nothing
 * (its disk is full), a bounded number of messages waits and the line is not read: what the broker does not hold back
 * for a reader that is behind, it drops, and counts itself.
 */
import { connect as connectPlain, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { crc32 } from 'node:zlib';
import { errorMessage, Fault, UsageFault } from '@fernsight/base';
import { certificateHint, trustOf } from '../authority.ts';
import {
  BLOCK_READINGS_MAX,
  MQTT_REMEMBERED_MAX,
  MQTT_UNACKNOWLEDGED_MAX,
  MQTT_WAITING_MAX,
} from '../limits.ts';
import { filterOf, readMessage, type TopicMapping } from './mqttTopic.ts';
import { PubackGate } from './pubackGate.ts';
import type { Block, Source } from './source.ts';

/** In version 5 a session ends with its connection unless it asks for more: this is for ever. */
const SESSION_EXPIRY_S = 0xffffffff;

export interface MqttOptions {
  /** `mqtt://host:1883` or `mqtts://host:8883` */
  readonly url: string;
  readonly topics: readonly TopicMapping[];
  /** the session's name at the broker: unique there, and the same after a restart */
  readonly clientId: string;
  readonly username?: string | undefined;
  /** never logged */
  readonly password?: string | undefined;
  /** PEM of a certificate authority to trust instead of the system's */
  readonly ca?: string | undefined;
  /** of the protocol; default 3.1.1, which every broker speaks */
  readonly version?: '3.1.1' | '5' | undefined;
  /** default 1 */
  readonly qos?: 0 | 1 | undefined;
  readonly name?: string | undefined;
}

/** @throws UsageFault where the address, a pattern or the authority's certificate is none */
export function createMqttSource(options: MqttOptions): Source {
  const url = urlOf(options);
  const filters = options.topics.map(filterOf);
  const session = new Session(options, url, filters);
  return {
    name: options.name ?? `mqtt:${url.host}`,
    repeatable: (options.qos ?? 1) === 1,
    read: (from, signal) => session.read(from, signal),
    acknowledge: (position) => session.acknowledge(position),
  };
}

interface Message {
  readonly topic: string;
  readonly payload: string;
  /** undefined for QoS 0 */
  readonly id: number | undefined;
  /** of topic and payload */
  readonly print: number;
}

interface TakenMessage {
  readonly print: number;
  /** whether it is still to be acknowledged */
  open: boolean;
}

class Session {
  readonly #options: MqttOptions;
  readonly #url: URL;
  readonly #filters: readonly string[];
  readonly #trust: { readonly ca?: string };
  readonly #waiting: Message[] = [];
  /** committed or about to be, by message id, oldest first */
  readonly #taken = new Map<number, TakenMessage>();
  /** whether the broker sent one of them again: it wants its acknowledgement */
  #again = false;
  /** reads on, where too much waits to do so */
  #readOn: (() => void) | undefined;
  #gate: PubackGate | undefined;
  #fault: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(options: MqttOptions, url: URL, filters: readonly string[]) {
    this.#options = options;
    this.#url = url;
    this.#filters = filters;
    this.#trust = trustOf(options.ca);
  }

  async *read(from: string | undefined, signal: AbortSignal): AsyncGenerator<Block> {
    this.#fault = undefined;
    this.#waiting.length = 0;
    this.#taken.clear();
    this.#again = false;
    this.#readOn = undefined;
    for (const [id, print] of parsePosition(from)) this.#taken.set(id, { print, open: false });
    const client = await this.#connect();
    const stop = () => this.#wake?.();
    signal.addEventListener('abort', stop, { once: true });
    try {
      while (!signal.aborted) {
        if (this.#fault !== undefined) this.#leaveToBroker();
        if (this.#waiting.length > 0 || this.#again) yield this.#block();
        else if (this.#fault !== undefined) throw this.#lost(this.#fault);
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      signal.removeEventListener('abort', stop);
      await client.endAsync(true);
    }
  }

  /** The line is lost: what the broker has not heard of, it sends again. */
  #leaveToBroker(): void {
    const once = this.#waiting.filter(({ id }) => id === undefined);
    this.#waiting.splice(0, this.#waiting.length, ...once);
  }

  /** Lets the broker forget the messages up to a position. */
  acknowledge(position: string): void {
    for (const [id, print] of parsePosition(position)) {
      const taken = this.#taken.get(id);
      if (taken?.print !== print || !taken.open) continue;
      taken.open = false;
      this.#gate?.release(id);
    }
    let surplus = this.#taken.size - this.#openCount() - MQTT_REMEMBERED_MAX;
    for (const [id, { open }] of this.#taken) {
      if (surplus <= 0) return;
      if (open) continue;
      this.#taken.delete(id);
      surplus--;
    }
  }

  #openCount(): number {
    let count = 0;
    for (const { open } of this.#taken.values()) if (open) count++;
    return count;
  }

  #block(): Block {
    const readings: Block['readings'][number][] = [];
    let messageCount = 0;
    let onceCount = 0;
    const invalid: NonNullable<Block['invalid']>[number][] = [];
    for (const message of this.#waiting) {
      const read = readMessage(this.#options.topics, message.topic, message.payload);
      const crowded = readings.length + read.readings.length > BLOCK_READINGS_MAX;
      if (crowded && readings.length > 0) break;
      readings.push(...read.readings);
      invalid.push(...read.invalid);
      if (message.id === undefined) onceCount += read.readings.length;
      else {
        this.#taken.delete(message.id);
        this.#taken.set(message.id, { print: message.print, open: true });
      }
      messageCount++;
    }
    this.#waiting.splice(0, messageCount);
    this.#readOn?.();
    this.#readOn = undefined;
    const pressing = this.#again || this.#openCount() >= MQTT_UNACKNOWLEDGED_MAX;
    this.#again = false;
    const position = Array.from(this.#taken, ([id, { print }]) => `${id}:${print.toString(36)}`);
    return { readings, invalid, onceCount, position: position.join(), pressing };
  }

  async #connect() {
    const { MqttClient } = await import('mqtt');
    const { clientId, username, password, version, qos = 1 } = this.#options;
    const client = new MqttClient(() => this.#open(), {
      clientId,
      clean: qos === 0,
      ...(version === '5'
        ? {
            protocolVersion: 5,
            properties: {
              sessionExpiryInterval: qos === 0 ? 0 : SESSION_EXPIRY_S,
              receiveMaximum: 2 * MQTT_UNACKNOWLEDGED_MAX,
            },
          }
        : { protocolVersion: 4 }),
      reconnectPeriod: 0,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    });
    const fail = (error: Error) => {
      this.#fault ??= error;
      this.#wake?.();
    };
    client.on('error', fail);
    client.on('close', () => fail(new Error('the connection closed')));
    client.handleMessage = (packet, done) => {
      const { messageId: id, topic, payload } = packet;
      const print = crc32(payload, crc32(topic));
      const taken = id === undefined ? undefined : this.#taken.get(id);
      if (packet.dup && taken?.print === print) {
        taken.open = true;
        this.#again = true;
      } else this.#waiting.push({ topic, payload: payload.toString(), id, print });
      this.#wake?.();
      if (this.#waiting.length < MQTT_WAITING_MAX) done();
      else this.#readOn = done;
    };
    await new Promise<void>((resolve) => {
      client.on('connect', () => resolve());
      client.on('close', () => resolve());
    });
    if (this.#fault === undefined) {
      // An access list may allow a topic later, so this, too, is worth another try.
      await client.subscribeAsync([...this.#filters], { qos }).catch((cause: unknown) => {
        const topics = this.#filters.join(', ');
        this.#fault = new Error(`no subscription to ${topics}: ${errorMessage(cause)}`, { cause });
      });
    }
    if (this.#fault === undefined) return client;
    const lost = this.#lost(this.#fault);
    await client.endAsync(true);
    throw lost;
  }

  #open(): PubackGate {
    const { hostname: host } = this.#url;
    const tls = this.#url.protocol === 'mqtts:';
    const port = Number(this.#url.port === '' ? (tls ? 8883 : 1883) : this.#url.port);
    const socket = tls
      ? connectTls({ host, port, ...(isIP(host) ? {} : { servername: host }), ...this.#trust })
      : connectPlain({ host, port });
    this.#gate = new PubackGate(socket);
    return this.#gate;
  }

  #lost(cause: Error): Fault {
    const hint = certificateHint(cause, 'mqttCa');
    return new Fault(`the broker ${this.#url.host} is lost: ${errorMessage(cause)}`, {
      op: 'mqtt.read',
      ...(hint === undefined ? {} : { hint }),
      cause,
      retryable: true,
    });
  }
}

function urlOf({ url }: MqttOptions): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === 'mqtt:' || parsed?.protocol === 'mqtts:') return parsed;
  throw new UsageFault(`${JSON.stringify(url)} is not the address of an MQTT broker`, {
    op: 'mqtt.open',
    hint: 'mqtt://host:1883 or mqtts://host:8883',
  });
}

/** @returns ids of messages and what tells their content */
function parsePosition(position: string | undefined): [id: number, print: number][] {
  if (position === undefined || position === '') return [];
  return position.split(',').map((entry) => {
    const [id, print = ''] = entry.split(':');
    return [Number(id), Number.parseInt(print, 36)];
  });
}
