/**
 * Comparisons of two models on the stored readings of one sensor type: one at a time, in the background, on a thread of
 * its own. What was taken in maintenance is left out, as in a training; what was anomalous is what it is about.
 */
import { type Clock, Fault, faultWords, type Log, must } from '@fernsight/base';
import type { CompareModels, Comparison, Label } from '@fernsight/wire';
import { RequestFault } from '../ingest/requestFault.ts';
import type { RawRows } from '../store/chunk.ts';
import type { Desk } from '../stream/desk.ts';
import { type ComparerCalls, type ComparerStart, NOT_REAL, REAL } from './comparer.ts';
import { type InMaintenance, triable } from './learnable.ts';
import { COMPARED_US, COMPARISONS_MAX } from './limits.ts';
import type { ModelRegistry } from './modelRegistry.ts';
import { requireSensorType } from './sensorTypes.ts';
import { type Desks, rowsOf, type StoredSeries, seriesOf } from './storedSeries.ts';

export interface ComparisonsOptions {
  readonly models: ModelRegistry;
  readonly desks: Desks;
  readonly openComparer: (start: ComparerStart) => Promise<Desk<ComparerCalls>>;
  readonly inMaintenance: InMaintenance;
  /** @returns what people said of a device's verdicts in a span, by `sensor/tsUs` */
  readonly labelsOf: (device: string, fromUs: number, toUs: number) => ReadonlyMap<string, Label>;
  readonly budgetPerWeek: number | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

type Hashes = readonly [first: string | null, second: string | null];
type Run = { -readonly [Key in keyof Comparison]: Comparison[Key] };

export class Comparisons {
  readonly #options: ComparisonsOptions;
  readonly #runs: Run[] = [];
  #lastId = 0;
  #work: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: ComparisonsOptions) {
    this.#options = options;
  }

  /** @returns newest first */
  list(): Comparison[] {
    return this.#runs.map((run) => ({ ...run }));
  }

  /** @returns the comparison that has begun. @throws RequestFault where none can */
  async start(wanted: CompareModels, startedBy: string): Promise<Comparison> {
    const { sensorType, first, second } = wanted;
    const startedUs = this.#options.clock.nowUs();
    const { toUs = startedUs, fromUs = toUs - COMPARED_US } = wanted;
    requireSensorType(sensorType);
    if (first === second) throw unfit('the two are the same model', 'name two different ones');
    if (fromUs >= toUs) throw unfit('fromUs is not before toUs', 'turn them round');
    const models = [first, second].map((hash) => this.#bytesOf(hash, sensorType));
    const series = await seriesOf(sensorType, this.#options.desks);
    if (series.length === 0) {
      throw unfit(
        `no series is of the type ${sensorType}`,
        'GET /api/v1/fleet lists what there is',
      );
    }
    if (this.#work !== undefined || this.#isClosed) throw busy();
    const run: Run = {
      id: ++this.#lastId,
      ...{ sensorType, state: 'running', startedUs, startedBy, fromUs, toUs },
      ...{ seriesCount: series.length, seriesDone: 0, results: [], agreement: null, error: null },
    };
    this.#runs.unshift(run);
    this.#runs.splice(COMPARISONS_MAX);
    this.#work = this.#compare(run, { series, models, hashes: [first, second] }).finally(() => {
      this.#work = undefined;
    });
    return { ...run };
  }

  /** As start, behind what is running. @returns it when it has ended. @throws RequestFault */
  async compared(wanted: CompareModels, startedBy: string): Promise<Comparison> {
    await this.#work;
    const { id } = await this.start(wanted, startedBy);
    await this.#work;
    return must(
      this.list().find((run) => run.id === id),
      'the newest comparison is kept',
    );
  }

  /** A comparison that is running is given up. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#work;
  }

  #bytesOf(hash: string | null, sensorType: string): Uint8Array | null {
    if (hash === null) return null;
    const model = this.#options.models.find(hash);
    const bytes = this.#options.models.bytes(hash);
    if (model === undefined || bytes === undefined) {
      throw new RequestFault(404, `there is no model ${hash}`, { hint: 'See the list of models.' });
    }
    if (model.sensorType === sensorType) return bytes;
    throw unfit(
      `model ${hash.slice(0, 12)} is of the type ${model.sensorType}, not ${sensorType}`,
      'compare models of one sensor type',
    );
  }

  async #compare(run: Run, what: Compare): Promise<void> {
    try {
      await this.#judge(run, what);
      run.state = 'done';
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      run.error = faultWords(error);
      run.state = 'failed';
    }
    const { sensorType, state } = run;
    this.#options.log.info('a comparison has ended', { sensorType, state });
  }

  async #judge(run: Run, { series, models, hashes }: Compare): Promise<void> {
    const { openComparer, budgetPerWeek } = this.#options;
    const comparer = await openComparer({ models, budgetPerWeek });
    try {
      for (const one of series) {
        await this.#feed(one, run, comparer);
        run.seriesDone++;
      }
      const { results, agreement } = await comparer.ask('finish', null);
      if (results.some(({ readingCount }) => readingCount === 0)) {
        throw new Fault('there are too few readings to judge', {
          op: 'models.compare',
          hint: "a series' first 256 readings give no verdict: compare more days",
        });
      }
      run.results = results.map((result, index) => ({ hash: hashes[index] ?? null, ...result }));
      run.agreement = agreement;
    } finally {
      await comparer.close();
    }
  }

  async #feed(series: StoredSeries, span: Span, comparer: Desk<ComparerCalls>): Promise<void> {
    const { device } = series;
    const labels = this.#options.labelsOf(device, span.fromUs, span.toUs);
    await comparer.ask('begin', { device });
    for await (const rows of rowsOf(series, span, this.#options.desks)) {
      if (this.#isClosed) throw new Fault('the server has stopped', { op: 'models.compare' });
      await comparer.ask('take', this.#select(series, rows, labels));
    }
  }

  #select(
    { device, sensor }: StoredSeries,
    rows: RawRows,
    labels: ReadonlyMap<string, Label>,
  ): ComparerCalls['take']['input'] {
    const kept = triable(device, rows, this.#options.inMaintenance);
    const said = labels.size === 0 ? [] : [...kept.tsUs.entries()];
    return {
      ...kept,
      labels: new Map(
        said.flatMap(([index, stamp]) => {
          const label = labels.get(`${sensor}/${stamp}`);
          return label === undefined ? [] : [[index, label === 'real' ? REAL : NOT_REAL]];
        }),
      ),
    };
  }
}

interface Compare {
  readonly series: readonly StoredSeries[];
  readonly models: readonly (Uint8Array | null)[];
  readonly hashes: Hashes;
}

interface Span {
  readonly fromUs: number;
  readonly toUs: number;
}

function unfit(detail: string, hint: string): RequestFault {
  return new RequestFault(422, detail, { hint });
}

function busy(): RequestFault {
  return new RequestFault(409, 'models are being compared, or the server is stopping', {
    hint: 'one at a time: GET /api/v1/comparisons says how far it is',
  });
}
