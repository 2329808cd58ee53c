/** The reader's desk: questions about the past, on a thread that never holds up a commit. */
import type { AnomaliesReply } from '@fernsight/wire';
import { EXPORT_READINGS } from '../limits.ts';
import type { Stretch } from '../store/past.ts';
import type {
  AnomalyFilter,
  AnomalyMinute,
  CheckedPart,
  CheckQuery,
  EventQuery,
  PastQuery,
  Quieted,
  RowsPart,
  SpanQuery,
  StoredEvent,
  StoreReader,
} from '../store/store.ts';
import { type Asked, type Clerk, isCall } from '../stream/desk.ts';
import { CsvFile } from './csv.ts';
import { encodeHistory } from './encodeHistory.ts';
import type { ExportFile, ExportFormat } from './exportFile.ts';
import { ParquetFile } from './parquet.ts';

export type ReaderCalls = {
  /** the reply's own bytes, so that the thread that serves HTTP does no more than send them */
  history: {
    readonly input: PastQuery & { readonly unit?: string };
    readonly output: Uint8Array<ArrayBuffer> | 'moved';
  };
  rows: { readonly input: SpanQuery; readonly output: RowsPart | 'moved' };
  check: { readonly input: CheckQuery; readonly output: CheckedPart };
  /** the first readings of what is left of a series, as they follow in the file what was asked for under the same id */
  exportPiece: {
    readonly input: SpanQuery & { readonly id: number; readonly format: ExportFormat };
    readonly output: ExportPiece | 'moved';
  };
  /** the end of the file; forgets it */
  exportEnd: {
    readonly input: { readonly id: number };
    readonly output: Uint8Array<ArrayBuffer>;
  };
  anomalies: { readonly input: AnomalyFilter; readonly output: AnomaliesReply };
  event: { readonly input: EventQuery; readonly output: StoredEvent | undefined };
  quieted: { readonly input: readonly number[]; readonly output: Quieted[] };
  anomalyMinutes: {
    readonly input: { readonly sinceUs: number };
    readonly output: AnomalyMinute[];
  };
};

/** None or some bytes of a file, and from where on there may be more of the series, if anywhere. */
export interface ExportPiece {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly unreadable: readonly Stretch[];
  readonly nextUs: number | undefined;
}

const FILES: Readonly<Record<ExportFormat, new () => ExportFile>> = {
  csv: CsvFile,
  parquet: ParquetFile,
};

export class ReaderClerk implements Clerk<ReaderCalls> {
  readonly #open: () => StoreReader;
  #opened: StoreReader | undefined;
  /** exports under way, by their id */
  readonly #files = new Map<number, ExportFile>();

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
        if (isCall(one, 'check')) one.answer(await store.check(one.input));
        if (isCall(one, 'exportPiece')) await this.#exportPiece(one);
        if (isCall(one, 'exportEnd')) this.#exportEnd(one);
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

  async #exportPiece(one: Asked<ReaderCalls, 'exportPiece'>): Promise<void> {
    const { id, format, ...span } = one.input;
    const part = await this.#store().firstRows({ ...span, rowsMax: EXPORT_READINGS });
    if (part === 'moved') {
      one.answer(part);
      return;
    }
    const file = this.#files.get(id) ?? new FILES[format]();
    this.#files.set(id, file);
    const bytes = file.add({ device: span.device, sensor: span.sensor, rows: part.rows });
    const { nextUs, unreadable } = part;
    one.answer({ bytes, nextUs, unreadable }, [bytes.buffer]);
  }

  #exportEnd(one: Asked<ReaderCalls, 'exportEnd'>): void {
    const bytes = this.#files.get(one.input.id)?.end() ?? new Uint8Array();
    this.#files.delete(one.input.id);
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
