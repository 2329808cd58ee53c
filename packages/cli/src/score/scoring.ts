/**
 * Scores a table, row by row: each row is judged before it is learnt from (I6) and no later row is looked at. One line
 * comes out for each row that goes in.
 */
import { type Rng, UsageFault } from '@fernsight/base';
import {
  createVerdict,
  type RowBlock,
  type RowJudge,
  type RowJudgeFactory,
} from '@fernsight/detect';
import type { Row, Table } from '@fernsight/edge';
import { quoteField } from '../csvField.ts';
import type { RowReader } from './rowReader.ts';

const HEADER = 'row,timestamp,score,threshold,anomaly,kind\n';

export interface ScoringOptions {
  readonly createJudge: RowJudgeFactory;
  /** rows at the head of the table that are learnt from and not judged */
  readonly trainRows: number;
  readonly budgetPerWeek: number | undefined;
  readonly rng: Rng;
  /** kept while the rows are read */
  readonly counts: ScoreCounts;
  readonly signal: AbortSignal;
}

export interface ScoreCounts {
  rows: number;
  trained: number;
  anomalies: number;
  invalid: number;
  late: number;
  future: number;
  /** the first invalid row: `line 17: "abc" in "value" is not a number` */
  firstFault: string;
}

/**
 * Yields the header, then the lines of the verdicts, a block of rows at a time.
 * @throws UsageFault at the end of a table that left nothing to judge; the reason when `signal` is aborted
 */
export async function* scoreTable(
  table: Table,
  reader: RowReader,
  options: ScoringOptions,
): AsyncGenerator<string> {
  const { counts, signal, trainRows } = options;
  const scoring = new Scoring(reader, options);
  yield HEADER;
  for await (const rows of table.blocks()) {
    signal.throwIfAborted();
    yield rows.map((row) => scoring.line(row)).join('');
  }
  if (counts.rows > trainRows) return;
  const rows = counts.rows === 0 ? 'a header and no rows' : `no more than ${counts.rows} rows`;
  const hint = counts.rows === 0 ? 'rows are needed' : `give fewer than that to --train-rows`;
  throw new UsageFault(`${table.name} has ${rows}`, { op: 'score', hint });
}

class Scoring {
  readonly #reader: RowReader;
  readonly #options: ScoringOptions;
  readonly #verdict = createVerdict();
  readonly #train: { readonly tsUs: number; readonly values: Float64Array }[] = [];
  #judge: RowJudge | undefined;

  constructor(reader: RowReader, options: ScoringOptions) {
    this.#reader = reader;
    this.#options = options;
  }

  line(row: Row): string {
    const { counts, trainRows } = this.#options;
    const isTrain = counts.rows < trainRows;
    const state = this.#reader.read(row);
    const head = `${counts.rows++},${quoteField(this.#reader.timeText(row))}`;
    if (state === 'valid') return `${head},${isTrain ? this.#learn() : this.#verdictFields()}\n`;
    counts[state]++;
    if (state === 'invalid' && counts.firstFault === '') {
      counts.firstFault = `line ${row.line}: ${this.#reader.fault}`;
    }
    return `${head},,,0,${state}\n`;
  }

  #learn(): string {
    this.#options.counts.trained++;
    this.#train.push({ tsUs: this.#reader.tsUs, values: this.#reader.values.slice() });
    return ',,0,train';
  }

  #verdictFields(): string {
    const verdict = this.#verdict;
    this.#judge ??= this.#createJudge();
    this.#judge.judge(this.#reader.tsUs, this.#reader.values, verdict);
    if (verdict.anomaly) this.#options.counts.anomalies++;
    return `${verdict.score},${verdict.threshold},${verdict.anomaly ? 1 : 0},${verdict.kind}`;
  }

  #createJudge(): RowJudge {
    const { createJudge, budgetPerWeek, rng } = this.#options;
    const width = this.#reader.values.length;
    const train = this.#train.length === 0 ? undefined : this.#trainBlock(width);
    this.#train.length = 0;
    return createJudge({ width, train, budgetPerWeek, random: () => rng.next() });
  }

  #trainBlock(width: number): RowBlock {
    const values = new Float64Array(this.#train.length * width);
    for (const [index, row] of this.#train.entries()) values.set(row.values, index * width);
    return {
      width,
      count: this.#train.length,
      tsUs: Float64Array.from(this.#train, ({ tsUs }) => tsUs),
      values,
    };
  }
}
