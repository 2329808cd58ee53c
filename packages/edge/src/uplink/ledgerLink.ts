/**
 * A cloud at the link's seam, for tests: it applies each sequence number once, as the contract says (I2, I4), keeps what
 * it applied by series and stamp, and fails where a number comes as two different readings.
 */
import { assert } from '@fernsight/base';
import type { Batch, BatchReply, ThinnedMinute, WindowSummary } from '@fernsight/wire/agent';
import type { Link } from './link.ts';

export class LedgerLink implements Link {
  /** value, score steps and stage by `device/sensor@tsUs` */
  readonly readings = new Map<string, string>();
  readonly summaries = new Map<string, WindowSummary>();
  /** what each number came as: a reading's key, `thinned` or `gone` */
  readonly #numbers = new Map<string, string>();
  /** by `device/sensor@minuteUs` */
  readonly minutes = new Map<string, ThinnedMinute>();
  goneCount = 0;
  duplicateCount = 0;
  batchCount = 0;

  /** @returns a cloud that knows what this one knows now */
  clone(): LedgerLink {
    const copy = new LedgerLink();
    for (const [key, value] of this.readings) copy.readings.set(key, value);
    for (const [key, value] of this.summaries) copy.summaries.set(key, value);
    for (const [key, value] of this.#numbers) copy.#numbers.set(key, value);
    for (const [key, value] of this.minutes) copy.minutes.set(key, value);
    copy.goneCount = this.goneCount;
    return copy;
  }

  async exchange(batch: Batch): Promise<BatchReply> {
    this.batchCount++;
    const before = this.#numbers.size;
    let accounted = 0;
    for (const run of batch.series) accounted += this.#applySeries(batch, run);
    const thinned = sum(batch.thinned);
    const gone = sum(batch.gone);
    assert(accounted + thinned + gone === batch.seqCount, 'a batch accounts for each number');
    const others = this.#claimRest(batch);
    if (others > 0) {
      this.goneCount += accounted + thinned === 0 ? others : gone;
      for (const minute of batch.thinned) this.#merge(minute);
    }
    for (const summary of batch.summaries) {
      this.summaries.set(`${summary.device}@${summary.startUs}`, summary);
    }
    const stored = this.#numbers.size - before;
    this.duplicateCount += batch.seqCount - stored;
    return {
      status: stored === 0 && batch.seqCount > 0 ? 'duplicate' : 'stored',
      stored,
      duplicates: batch.seqCount - stored,
      serverUs: 0,
      models: [],
    };
  }

  #applySeries(batch: Batch, run: Batch['series'][number]): number {
    let tsUs = run.firstUs;
    let stage = '';
    for (const [row, offset] of run.seq.entries()) {
      tsUs += run.deltaUs[row] ?? 0;
      stage = run.stages.find((one) => one.row === row)?.stage ?? stage;
      const key = `${run.device}/${run.sensor}@${tsUs}`;
      const number = `${batch.epoch}/${batch.seqFirst + offset}`;
      const known = this.#numbers.get(number);
      assert(known === undefined || known === key, `${number} came as ${known} and as ${key}`);
      if (known !== undefined) continue;
      assert(!this.readings.has(key), `${key} came under two numbers`);
      this.#numbers.set(number, key);
      this.readings.set(key, `${run.value[row]} ${run.scoreSteps[row]} ${stage}`);
    }
    return run.seq.length;
  }

  /** A minute may come in parts, where its readings stood in two rows. */
  #merge(minute: ThinnedMinute): void {
    const key = `${minute.device}/${minute.sensor}@${minute.minuteUs}`;
    const known = this.minutes.get(key);
    const count = minute.count + (known?.count ?? 0);
    this.minutes.set(key, {
      ...minute,
      count,
      anomalies: minute.anomalies + (known?.anomalies ?? 0),
      min: Math.min(minute.min, known?.min ?? minute.min),
      max: Math.max(minute.max, known?.max ?? minute.max),
      mean: (minute.mean * minute.count + (known?.mean ?? 0) * (known?.count ?? 0)) / count,
      worstScoreSteps: Math.max(minute.worstScoreSteps, known?.worstScoreSteps ?? 0),
    });
  }

  /** Numbers of the range that came as no reading. @returns how many were new */
  #claimRest(batch: Batch): number {
    let count = 0;
    for (let seq = batch.seqFirst; seq < batch.seqFirst + batch.seqCount; seq++) {
      const number = `${batch.epoch}/${seq}`;
      if (this.#numbers.has(number)) continue;
      this.#numbers.set(number, 'not a reading');
      count++;
    }
    return count;
  }
}

function sum(items: readonly { readonly count: number }[]): number {
  return items.reduce((total, item) => total + item.count, 0);
}
