/**
 * The job `drift`: once a day each series is measured against the model that is chosen for its type, on a thread that
 * holds nobody up. Those that were measured longest ago come first, and as many as the bound says in one run.
 */
import { type Clock, Fault, type Log } from '@fernsight/base';
import type { Job } from '../scheduler/scheduler.ts';
import type { RawRows } from '../store/chunk.ts';
import type { Desk } from '../stream/desk.ts';
import type { DriftRows, MeasuredSeries } from './driftRows.ts';
import { type InMaintenance, learnable } from './learnable.ts';
import { DRIFT_KEPT_US, DRIFT_SERIES_MAX, TRAINING_US } from './limits.ts';
import type { MeterCalls } from './meter.ts';
import type { ModelRegistry } from './modelRegistry.ts';
import { type Desks, newestOf, seriesOf } from './storedSeries.ts';

export interface DriftsOptions {
  readonly models: ModelRegistry;
  readonly rows: DriftRows;
  readonly desks: Desks;
  readonly openMeter: (start: null) => Promise<Desk<MeterCalls>>;
  readonly inMaintenance: InMaintenance;
  readonly clock: Clock;
  readonly log: Log;
}

/** Verdicts, and what kept a series from one. */
type Tally = Record<'stable' | 'moving' | 'retrain' | 'few' | 'left', number>;

/** Before the hour at which people have types trained again. */
export function driftJob(options: DriftsOptions): Job {
  return { name: 'drift', times: '0 40 2 * * *', run: (signal) => measureDrift(options, signal) };
}

async function measureDrift(options: DriftsOptions, signal: AbortSignal): Promise<string> {
  const wanted = options.models.wanted();
  if (wanted.length === 0) return 'no model is chosen: there is nothing to measure against';
  const nowUs = options.clock.nowUs();
  const tally: Tally = { stable: 0, moving: 0, retrain: 0, few: 0, left: 0 };
  const meter = await options.openMeter(null);
  try {
    for (const one of wanted) {
      if (signal.aborted) break;
      await measureType(one, meter, { options, tally, nowUs, signal });
    }
  } finally {
    await meter.close();
  }
  options.rows.forget(nowUs - DRIFT_KEPT_US);
  return wordsOf(tally);
}

interface Run {
  readonly options: DriftsOptions;
  readonly tally: Tally;
  readonly nowUs: number;
  readonly signal: AbortSignal;
}

/** A model that this release cannot use is passed over, and said so. */
async function measureType(
  { sensorType, hash }: { readonly sensorType: string; readonly hash: string },
  meter: Desk<MeterCalls>,
  { options, tally, nowUs, signal }: Run,
): Promise<void> {
  const { models, rows, desks, log } = options;
  const bytes = models.bytes(hash);
  if (bytes === undefined) return;
  let learnt: MeterCalls['use']['output'];
  try {
    learnt = await meter.ask('use', bytes);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    log.warn('a model cannot be measured against', { sensorType, hash, reason: error.message });
    return;
  }
  const stamps = rows.stamps(hash);
  const stampOf = ({ device, sensor }: { readonly device: string; readonly sensor: string }) =>
    stamps.get(`${device}/${sensor}`) ?? 0;
  const series = (await seriesOf(sensorType, desks)).sort((a, b) => stampOf(a) - stampOf(b));
  for (const one of series) {
    const isFull = tally.stable + tally.moving + tally.retrain >= DRIFT_SERIES_MAX;
    if (isFull || signal.aborted) {
      tally.left++;
      continue;
    }
    const measured = { ...one, sensorType, hash, features: learnt.features };
    await measureSeries(measured, meter, { options, tally, nowUs, readings: learnt.readings });
  }
}

async function measureSeries(
  series: MeasuredSeries,
  meter: Desk<MeterCalls>,
  { options, tally, nowUs, readings }: Omit<Run, 'signal'> & { readonly readings: number },
): Promise<void> {
  const { desks, inMaintenance, rows } = options;
  const span = { fromUs: nowUs - TRAINING_US, toUs: nowUs, count: readings };
  const keep = (rows: RawRows) => learnable(series.device, rows, inMaintenance);
  const newest = await newestOf(series, span, { desks, keep });
  const drift = await meter.ask('measure', newest);
  if (drift === null) {
    tally.few++;
    return;
  }
  tally[drift.verdict]++;
  rows.put(series, drift, nowUs);
}

function wordsOf({ stable, moving, retrain, few, left }: Tally): string {
  const words = [
    `${stable + moving + retrain} series measured`,
    `${retrain} to be trained again`,
    `${moving} moving`,
    ...(few > 0 ? [`${few} with too few readings`] : []),
    ...(left > 0 ? [`${left} left for the next run`] : []),
  ];
  return words.join(', ');
}
