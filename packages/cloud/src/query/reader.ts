/** The reader's desk: questions about the past, on a thread that never holds up a commit. */
import type { AnomaliesReply } from '@fernsight/wire';
import type {
  AnomalyFilter,
  AnomalyMinute,
  EventQuery,
  PastQuery,
  Quieted,
  RowsPart,
  SpanQuery,
  StoredEvent,
  StoreReader,
} from '../store/store.ts';
import { type Asked, type Clerk, isCall } from '../stream/desk.ts';
import { encodeHistory } from './encodeHistory.ts';

export type ReaderCalls = {
  /** the reply's own bytes, so that the thread that serves HTTP does no more than send them */
  history: {
    readonly input: PastQuery & { readonly unit?: string };
    readonly output: Uint8Array<ArrayBuffer> | 'moved';
  };
  rows: { readonly input: SpanQuery; readonly output: RowsPart | 'moved' };
  anomalies: { readonly input: AnomalyFilter; readonly output: AnomaliesReply };
  event: { readonly input: EventQuery; readonly output: StoredEvent | undefined };
  quieted: { readonly input: readonly number[]; readonly output: Quieted[] };
  anomalyMinutes: {
    readonly input: { readonly sinceUs: number };
    readonly output: AnomalyMinute[];
  };
};

export class ReaderClerk implements Clerk<ReaderCalls> {
  readonly #open: () => StoreReader;
  #opened: StoreReader | undefined;

  /** @param open is called at the first question: the writer may still be making the store before it */
  constructor(open: () => StoreReader) {
    this.#open = open;
  }

  async serve(asked: Asked<ReaderCalls>[]): Promise<void> {
    for (const one of asked) {
      try {
        const store = this.#store();
        if (isCall(one, 'history')) await this.#history(one);
        if (isCall(one, 'rows')) one.answer(await store.rows(one.input));
        if (isCall(one, 'anomalies')) one.answer(await store.anomalies(one.input));
        if (isCall(one, 'event')) one.answer(await store.event(one.input));
        if (isCall(one, 'quieted')) one.answer(await store.quieted(one.input));
        if (isCall(one, 'anomalyMinutes'))
          one.answer(await store.anomalyMinutes(one.input.sinceUs));
      } catch (error) {
        one.refuse(error);
      }
    }
  }

  async #history(one: Asked<ReaderCalls, 'history'>): Promise<void> {
    const past = await this.#store().past(one.input);
    if (past === 'moved') {
      one.answer(past);
      return;
    }
    const bytes = encodeHistory(past, one.input);
    one.answer(bytes, [bytes.buffer]);
  }

  #store(): StoreReader {
    this.#opened ??= this.#open();
    return this.#opened;
  }

  async idle(): Promise<boolean> {
    return false;
  }

  async close(): Promise<void> {
    this.#opened?.close();
  }
}
