/**
 * A TCP proxy that goes wrong on demand, between an agent and a real cloud: for the fault tests.
 *
 * A fault holds for the next connections, as many as it says; connections that stand when it is set are cut, so that a
 * kept one does not slip past.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '@fernsight/base';

export type NetworkFault =
  /** nobody listens, as far as the client can see */
  | { readonly kind: 'refuse' }
  /** cut when this many bytes of the request have passed */
  | { readonly kind: 'cutRequest'; readonly afterBytes: number }
  /** the request passes, the cloud acts, the reply is lost */
  | { readonly kind: 'loseReply' }
  /** the request passes, the reply comes a byte at a time */
  | { readonly kind: 'drip'; readonly everyMs: number }
  /** everything is swallowed, nothing is answered */
  | { readonly kind: 'halfOpen' }
  /** these bytes are the answer; the cloud hears nothing */
  | { readonly kind: 'answer'; readonly text: string }
  | { readonly kind: 'delay'; readonly ms: number };

export class FaultProxy {
  readonly #server: Server;
  readonly #clock: Clock;
  readonly #sockets = new Set<Socket>();
  readonly #closing = new AbortController();
  #fault: NetworkFault | undefined;
  #left = 0;
  /** connections that met a fault */
  struckCount = 0;

  private constructor(server: Server, clock: Clock) {
    this.#server = server;
    this.#clock = clock;
  }

  /** @param targetPort of the cloud, on 127.0.0.1 */
  static async open(targetPort: number, clock: Clock): Promise<FaultProxy> {
    const server = createServer();
    const proxy = new FaultProxy(server, clock);
    server.on('connection', (client) => proxy.#serve(client, targetPort));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  }

  /** whether the next connection meets a fault */
  get faulty(): boolean {
    return this.#fault !== undefined && this.#left > 0;
  }

  /** @param count connections that meet it; afterwards all is well */
  set(fault: NetworkFault | undefined, count = Number.POSITIVE_INFINITY): void {
    this.#fault = fault;
    this.#left = count;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(client: Socket, targetPort: number): void {
    const fault = this.faulty ? this.#fault : undefined;
    if (fault !== undefined) {
      this.#left--;
      this.struckCount++;
    }
    this.#keep(client);
    if (fault?.kind === 'refuse') return void client.destroy();
    if (fault?.kind === 'halfOpen') return void client.resume();
    if (fault?.kind === 'answer') return void client.once('data', () => client.end(fault.text));
    const cloud = connect(targetPort, '127.0.0.1');
    this.#keep(cloud);
    client.on('close', () => cloud.destroy());
    cloud.on('close', () => client.destroy());
    if (fault?.kind === 'cutRequest') cutAfter(client, cloud, fault.afterBytes);
    else client.pipe(cloud);
    if (fault?.kind === 'loseReply') cloud.once('data', () => client.destroy());
    else if (fault?.kind === 'drip') cloud.on('data', (bytes) => this.#drip(client, bytes, fault));
    else if (fault?.kind === 'delay')
      cloud.on('data', (bytes) => this.#delay(client, bytes, fault));
    else cloud.pipe(client);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }

  async #drip(client: Socket, bytes: Buffer, { everyMs }: { readonly everyMs: number }) {
    for (const byte of bytes) {
      if (client.destroyed) return;
      client.write(Buffer.of(byte));
      await this.#clock.sleep(everyMs, this.#closing.signal);
    }
  }

  async #delay(client: Socket, bytes: Buffer, { ms }: { readonly ms: number }) {
    await this.#clock.sleep(ms, this.#closing.signal);
    if (!client.destroyed) client.write(bytes);
  }
}

function cutAfter(client: Socket, cloud: Socket, afterBytes: number): void {
  let left = afterBytes;
  client.on('data', (bytes) => {
    cloud.write(bytes.subarray(0, left));
    left -= bytes.length;
    if (left <= 0) client.destroy();
  });
}
