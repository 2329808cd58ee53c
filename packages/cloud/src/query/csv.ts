/** Readings as CSV (RFC 4180): a line a reading, the stamp as people read it. */
import { formatTimestamp } from '@fernsight/base';
import { SCORE_STEPS } from '@fernsight/detect';
import { isAnomaly, isScored, kindOf, stageOf } from '../store/marks.ts';
import type { ExportFile, SeriesRows } from './exportFile.ts';

const HEADER = 'device,sensor,time,value,score,stage,anomaly,kind\n';

export class CsvFile implements ExportFile {
  /** what stands before the next line */
  #ahead = HEADER;
  readonly #encoder = new TextEncoder();

  add(rows: SeriesRows): Uint8Array<ArrayBuffer> {
    const ahead = this.#ahead;
    this.#ahead = '';
    return this.#encoder.encode(ahead + linesOf(rows));
  }

  end(): Uint8Array<ArrayBuffer> {
    return this.#encoder.encode(this.#ahead);
  }
}

function linesOf({ device, sensor, rows }: SeriesRows): string {
  const head = `${quoted(device)},${quoted(sensor)}`;
  const lines = Array.from(rows.tsUs, (tsUs, row) => {
    const mark = rows.marks[row] ?? 0;
    const score = isScored(mark) ? (rows.steps[row] ?? 0) / SCORE_STEPS : '';
    const what = `${stageOf(mark)},${isAnomaly(mark) ? 1 : 0},${kindOf(mark)}`;
    return `${head},${formatTimestamp(tsUs)},${rows.value[row] ?? ''},${score},${what}\n`;
  });
  return lines.join('');
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
