/**
 * A desk on a thread of its own. The thread's file calls `serveThread` with a function that makes its clerk; requests
 * that wait when the clerk is free are served together, which is what groups commits.
 *
 * A message between threads costs as much as judging fifty readings, whatever is in it. So questions of one turn of the
 * event loop travel together, and so do answers that are given together.
 */
import { once } from 'node:events';
import {
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  type TransferListItem,
  Worker,
  workerData,
} from 'node:worker_threads';
import { Fault, type Log, type LogFields, type LogLevel, must } from '@fernsight/base';
import {
  type Asked,
  type Calls,
  type Clerk,
  type Desk,
  Fate,
  type FaultNote,
  faultOf,
  noteOf,
} from './desk.ts';

interface Question {
  readonly id: number;
  readonly call: string;
  readonly input: unknown;
}

/** What came of a question. */
interface Reply {
  readonly id: number;
  readonly output?: unknown;
  readonly fault?: FaultNote;
}

type Message =
  | { readonly what: 'ready' }
  | { readonly what: 'replies'; readonly replies: readonly Reply[] }
  | { readonly what: 'failed'; readonly fault: FaultNote }
  | {
      readonly what: 'log';
      readonly level: LogLevel;
      readonly message: string;
      readonly fields: LogFields;
    };

/** The call that ends a thread, beside those of its table. */
const CLOSE = '(close)';

interface Waiting {
  resolve(output: never): void;
  reject(error: unknown): void;
}

export interface ThreadOptions {
  readonly file: URL;
  /** plain data for the thread's `open` */
  readonly data: unknown;
  readonly log: Log;
}

export class ThreadDesk<C extends Calls> implements Desk<C> {
  readonly #worker: Worker;
  readonly #log: Log;
  readonly #waiting = new Map<number, Waiting>();
  readonly #outgoing: Outgoing<Question>;
  readonly #fate = new Fate();
  #lastId = 0;
  /** `opening` and `closing`: an end is for whoever opens or closes it to tell */
  #state: 'opening' | 'open' | 'closing' = 'opening';
  #end: Fault | undefined;

  private constructor({ file, data, log }: ThreadOptions) {
    this.#log = log;
    // Its flags are the process's: those of the engine cannot be named for a thread, and hold for it all the same.
    this.#worker = new Worker(file, { workerData: data });
    this.#outgoing = new Outgoing(setImmediate, (questions, transfer) =>
      this.#worker.postMessage(questions, transfer),
    );
    this.#worker.on('message', (message: Message) => this.#hear(message));
    this.#worker.on('error', (cause) => this.#ended(faultOf(noteOf(cause))));
    this.#worker.on('exit', () =>
      this.#ended(new Fault('the thread has ended', { op: 'desk.thread' })),
    );
  }

  /** @throws Fault as the thread's `open` threw it */
  static async start<C extends Calls>(options: ThreadOptions): Promise<ThreadDesk<C>> {
    const desk = new ThreadDesk<C>(options);
    await new Promise((resolve, reject) => desk.#waiting.set(0, { resolve, reject }));
    desk.#state = 'open';
    return desk;
  }

  get failure(): Fault | undefined {
    return this.#fate.failure;
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#fate.run(signal);
  }

  ask<K extends keyof C & string>(
    call: K,
    input: C[K]['input'],
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<C[K]['output']> {
    return this.#post({ call, input }, transfer);
  }

  async close(): Promise<void> {
    if (this.#end !== undefined) return;
    this.#state = 'closing';
    const exit = once(this.#worker, 'exit');
    await this.#post({ call: CLOSE, input: null }, []);
    await exit;
  }

  #post<T>(question: Omit<Question, 'id'>, transfer: readonly ArrayBuffer[]): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#end !== undefined) {
        reject(this.#end);
        return;
      }
      const id = ++this.#lastId;
      this.#waiting.set(id, { resolve, reject });
      this.#outgoing.add({ id, ...question }, transfer);
    });
  }

  #hear(message: Message): void {
    switch (message.what) {
      case 'log':
        this.#log[message.level](message.message, message.fields);
        return;
      case 'ready':
        this.#settle(0)?.resolve(undefined as never);
        return;
      case 'replies':
        for (const { id, output, fault } of message.replies) {
          if (fault === undefined) this.#settle(id)?.resolve(output as never);
          else this.#settle(id)?.reject(faultOf(fault));
        }
        return;
      case 'failed':
        this.#ended(faultOf(message.fault));
    }
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #ended(fault: Fault): void {
    this.#end ??= this.#state === 'open' ? this.#fate.fail(fault) : fault;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#end);
    this.#waiting.clear();
  }
}

/** Items that leave in one message, once whoever adds them is done for the moment. */
class Outgoing<T> {
  readonly #later: (send: () => void) => void;
  readonly #post: (items: T[], transfer: TransferListItem[]) => void;
  #items: T[] = [];
  #transfer: TransferListItem[] = [];

  constructor(
    later: (send: () => void) => void,
    post: (items: T[], transfer: TransferListItem[]) => void,
  ) {
    this.#later = later;
    this.#post = post;
  }

  add(item: T, transfer: readonly ArrayBuffer[]): void {
    this.#items.push(item);
    for (const buffer of transfer) this.#transfer.push(buffer);
    if (this.#items.length === 1) this.#later(() => this.send());
  }

  send(): void {
    const [items, transfer] = [this.#items, this.#transfer];
    this.#items = [];
    this.#transfer = [];
    if (items.length > 0) this.#post(items, transfer);
  }
}

/** @returns the file of a thread as it is here: TypeScript in a clone, JavaScript once built */
export function threadFile(source: URL): URL {
  return import.meta.url.endsWith('.ts') ? source : new URL(source.href.replace(/\.ts$/, '.js'));
}

/** Runs a thread: opens its clerk and serves until it is told to close. */
export async function serveThread<C extends Calls, Data>(
  open: (data: Data, log: Log) => Clerk<C>,
): Promise<void> {
  const port = must(parentPort, 'this file runs as a thread');
  const log = portLog(port, {});
  try {
    const clerk = open(workerData as Data, log);
    port.postMessage({ what: 'ready' });
    await work(port, clerk);
  } catch (error) {
    port.postMessage({ what: 'failed', fault: noteOf(error) });
    port.close();
  }
}

async function work<C extends Calls>(port: MessagePort, clerk: Clerk<C>): Promise<void> {
  let wake: () => void = () => undefined;
  const heard: Question[] = [];
  const replies = new Outgoing<Reply>(queueMicrotask, (items, transfer) =>
    port.postMessage({ what: 'replies', replies: items }, transfer),
  );
  port.on('message', (questions: readonly Question[]) => {
    heard.push(...questions);
    wake();
  });
  for (;;) {
    if (heard.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    for (
      let next = receiveMessageOnPort(port);
      next !== undefined;
      next = receiveMessageOnPort(port)
    ) {
      heard.push(...(next.message as readonly Question[]));
    }
    const questions = heard.splice(0);
    const last = questions.find(({ call }) => call === CLOSE);
    await clerk.serve(
      questions
        .filter((question) => question !== last)
        .map((question) => askedOf<C>(replies, question)),
    );
    if (last !== undefined) {
      await clerk.close();
      replies.add({ id: last.id, output: null }, []);
      replies.send();
      port.close();
      return;
    }
    while (heard.length === 0 && (await clerk.idle()))
      await new Promise((resolve) => setImmediate(resolve));
  }
}

function askedOf<C extends Calls>(
  replies: Outgoing<Reply>,
  { id, call, input }: Question,
): Asked<C> {
  return {
    call,
    input: input as C[string]['input'],
    answer: (output, transfer = []) => replies.add({ id, output }, transfer),
    refuse: (error) => replies.add({ id, fault: noteOf(error) }, []),
  };
}

function portLog(port: MessagePort, common: LogFields): Log {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) =>
      port.postMessage({ what: 'log', level, message, fields: { ...common, ...fields } });
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (fields) => portLog(port, { ...common, ...fields }),
  };
}
