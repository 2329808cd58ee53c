/**
 * A machine for tests: a clock that is moved by hand, a storage in memory, and a network whose lines the test holds. It
 * stands only where the browser would.
 */
import { ManualClock } from '@fernsight/base';
import type { Drawer, Machine } from './machine.ts';

/** One streamed request that the page made. */
export class Line {
  readonly url: string;
  readonly headers: Headers;
  readonly response: Response;
  isCut = false;
  #writer: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(url: string, init: RequestInit | undefined) {
    this.url = url;
    this.headers = new Headers(init?.headers);
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#writer = controller;
      },
    });
    this.response = new Response(body);
    init?.signal?.addEventListener('abort', () => {
      if (this.#writer === undefined) return;
      this.isCut = true;
      this.#writer.error(new DOMException('cut', 'AbortError'));
      this.#writer = undefined;
    });
  }

  send(text: string): void {
    this.#writer?.enqueue(new TextEncoder().encode(text));
  }

  end(): void {
    this.#writer?.close();
    this.#writer = undefined;
  }
}

export class FakeMachine implements Machine {
  readonly clock = new ManualClock(1_700_000_000_000_000);
  readonly lines: Line[] = [];
  readonly storage = new FakeStorage();
  isDown = false;
  /** a status to answer with instead of a line */
  refusal = 0;

  nowUs(): number {
    return this.clock.nowUs();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.clock.sleep(ms, signal);
  }

  random(): number {
    return 0.5;
  }

  readonly fetch: typeof fetch = (input, init) => {
    if (this.isDown) return Promise.reject(new TypeError('fetch failed'));
    if (this.refusal > 0) return Promise.resolve(new Response('', { status: this.refusal }));
    const line = new Line(String(input), init);
    this.lines.push(line);
    return Promise.resolve(line.response);
  };
}

/** Refuses, as browsers do, what is beyond its room. */
export class FakeStorage implements Drawer {
  readonly items = new Map<string, string>();
  readonly #charsMax: number;

  constructor(charsMax: number = Number.POSITIVE_INFINITY) {
    this.#charsMax = charsMax;
  }

  get chars(): number {
    return [...this.items].reduce((sum, [key, text]) => sum + key.length + text.length, 0);
  }

  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }

  setItem(key: string, text: string): void {
    if (this.chars - (this.items.get(key)?.length ?? 0) + text.length > this.#charsMax) {
      throw new DOMException('no room', 'QuotaExceededError');
    }
    this.items.set(key, text);
  }

  removeItem(key: string): void {
    this.items.delete(key);
  }
}
