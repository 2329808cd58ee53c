/**
 * A table of text, read as it comes: CSV from a file, a pipe or a download, plain or gzip, with `,` `;` tab `|` or
 * blanks between the fields, with or without a header.
 *
 * One line is one row, always: a stray quote spoils its own row and no other, and a row's number is the position to go
 * on from after a restart. Quoted fields are understood within their line; line breaks inside quotes are not. Blank
 * lines are no rows. Rows are passed on as they are, also with too few or too many fields: what a bad row means is for
 * the reader to say.
 */
import { UsageFault } from '@fernsight/base';
import { parse } from 'csv-parse/sync';
import { parseNumber, parseTime } from './field.ts';
import { LINE_CHARS_MAX, type Line, prepend, readLines } from './lines.ts';

/** Rows handed over at a time: enough to make the await cheap, few enough to stay in cache. */
const BLOCK_ROWS = 256;
/** Lines that the delimiter is guessed from; fewer where the first piece of a pipe holds fewer. */
const SAMPLE_LINES = 20;
/** In this order, because a decimal comma or a comma in a text is commoner than a stray `;`. */
const DELIMITERS = ['\t', ';', '|', ','] as const;

/** Control characters other than a tab, and what stands for bytes that are not UTF-8. */
const BINARY = /(?!\t)\p{Cc}|\ufffd/u;

export type Delimiter = (typeof DELIMITERS)[number] | 'blanks';

export interface Row {
  /** its line in the file, from 1 */
  readonly line: number;
  readonly fields: readonly string[];
}

export interface Table {
  /** what to call it in messages: a path, `standard input` */
  readonly name: string;
  /** the columns' names; `column1`… where there is no header */
  readonly header: readonly string[];
  readonly delimiter: Delimiter;
  /** the first rows, which `blocks` gives again */
  readonly sample: readonly Row[];
  /**
   * The rows in order, in blocks of at most 256. To be called once.
   * @param skip rows to pass over, as after a restart
   */
  blocks(skip?: number): AsyncIterable<Row[]>;
}

/**
 * Reads up to the header.
 * @param bytes a file's or a pipe's content
 * @throws UsageFault where it cannot be read, is empty, or is not text
 */
export async function openTable(bytes: AsyncIterable<Uint8Array>, name: string): Promise<Table> {
  const chunks = readLines(bytes, name);
  const first = await chunks.next();
  if (first.done === true) {
    throw new UsageFault(`${name} is empty`, {
      op: 'table.open',
      hint: 'a header and rows are needed',
    });
  }
  if (BINARY.test(first.value[0]?.text ?? '')) {
    throw new UsageFault(`${name} is not text`, {
      op: 'table.open',
      hint: 'CSV in UTF-8 is needed, plain or gzip',
    });
  }
  const delimiter = guessDelimiter(first.value.slice(0, SAMPLE_LINES));
  const toRow = ({ text, line }: Line): Row => ({ line, fields: splitLine(text, delimiter) });
  const head = toRow(first.value[0] ?? { text: '', line: 1 });
  const hasHeader = isHeader(head.fields, delimiter);
  const rest = hasHeader ? first.value.slice(1) : first.value;
  return {
    name,
    header: hasHeader ? head.fields : head.fields.map((_, index) => `column${index + 1}`),
    delimiter,
    sample: rest.slice(0, SAMPLE_LINES).map(toRow),
    async *blocks(skip = 0) {
      let left = skip;
      for await (const lines of prepend(rest, chunks)) {
        const passed = Math.min(left, lines.length);
        left -= passed;
        for (let start = passed; start < lines.length; start += BLOCK_ROWS) {
          yield lines.slice(start, start + BLOCK_ROWS).map(toRow);
        }
      }
    },
  };
}

/** The delimiter that parts every sampled line into the same number of fields, more than one; else blanks; else a comma. */
function guessDelimiter(lines: readonly Line[]): Delimiter {
  for (const delimiter of [...DELIMITERS, 'blanks'] as const) {
    const widths = lines.map(({ text }) => splitLine(text, delimiter).length);
    if (widths.every((width) => width > 1 && width === widths[0])) return delimiter;
  }
  const head = lines[0]?.text ?? '';
  return DELIMITERS.find((delimiter) => head.includes(delimiter)) ?? ',';
}

function splitLine(text: string, delimiter: Delimiter): string[] {
  if (text.length > LINE_CHARS_MAX) return [];
  if (delimiter === 'blanks') return text.trim().split(/\s+/);
  if (!text.includes('"')) return text.split(delimiter).map((field) => field.trim());
  const rows: string[][] = parse(text, {
    delimiter,
    relax_quotes: true,
    relax_column_count: true,
    skip_records_with_error: true,
    trim: true,
  });
  return rows[0] ?? [];
}

/** A header has at least one field that is neither a number nor a time. */
function isHeader(fields: readonly string[], delimiter: Delimiter): boolean {
  return fields.some((field) => {
    const read = [parseNumber(field, delimiter), parseTime(field)];
    return field !== '' && read.every(Number.isNaN);
  });
}
