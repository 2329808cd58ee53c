/**
 * An entry in the making: the rows, bands and events that one parcel comes to, and the verdicts in full that go into the
 * group beside it.
 */
import { US_PER_MINUTE } from '@fernsight/base';
import { SCORE_STEPS } from '@fernsight/detect';
import type { Anomaly } from '@fernsight/wire';
import { FRAME_ANOMALIES_MAX } from '../limits.ts';
import type { Entry, SeriesBand } from '../store/entry.ts';
import type { AnomalyRow, Group } from '../store/group.ts';
import type { LedgerEvent } from '../store/ledger.ts';
import { isAlarm, isAnomaly, isSensorFault, kindOf } from '../store/marks.ts';
import type { DeviceRecord, SeriesRecord } from '../store/registry.ts';
import { floorTo } from '../store/rollup.ts';
import { sentenceOf } from '../store/sentence.ts';
import type { Outcome } from './outcome.ts';

export interface DraftRow {
  readonly tsUs: number;
  readonly value: number;
  readonly steps: number;
  readonly mark: number;
}

type Counted = 'duplicates' | 'conflicts' | 'expired' | 'rejected' | 'thinned';

export class Draft {
  readonly #group: Group;
  readonly #outcome: Outcome;
  readonly #receivedUs: number;
  #count = 0;
  #series: Uint32Array;
  #tsUs: Float64Array;
  #value: Float64Array;
  #steps: Uint16Array;
  #marks: Uint16Array;
  readonly #bands: SeriesBand[] = [];
  readonly #events: LedgerEvent[] = [];
  readonly #counts = new Map<DeviceRecord, Partial<Record<Counted, number>>>();

  constructor(
    group: Group,
    outcome: Outcome,
    { rows, receivedUs }: { rows: number; receivedUs: number },
  ) {
    this.#group = group;
    this.#outcome = outcome;
    this.#receivedUs = receivedUs;
    const capacity = rows + 8;
    this.#series = new Uint32Array(capacity);
    this.#tsUs = new Float64Array(capacity);
    this.#value = new Float64Array(capacity);
    this.#steps = new Uint16Array(capacity);
    this.#marks = new Uint16Array(capacity);
  }

  add(series: SeriesRecord, { tsUs, value, steps, mark }: DraftRow): void {
    if (this.#count === this.#tsUs.length) this.#grow();
    const at = this.#count++;
    this.#series[at] = series.id;
    this.#tsUs[at] = tsUs;
    this.#value[at] = value;
    this.#steps[at] = steps;
    this.#marks[at] = mark;
  }

  /** Keeps a band if it is known and not of the minute of the one before. An agent's lanes overtake each other. */
  band(
    series: SeriesRecord,
    tsUs: number,
    edges: { readonly lower: number; readonly upper: number },
  ): void {
    const minuteUs = floorTo(tsUs, US_PER_MINUTE);
    if (
      minuteUs === series.bandUs ||
      !Number.isFinite(edges.lower) ||
      !Number.isFinite(edges.upper)
    )
      return;
    series.bandUs = minuteUs;
    this.#bands.push({ series: series.id, tsUs, lower: edges.lower, upper: edges.upper });
  }

  anomaly(row: AnomalyRow): void {
    this.#group.anomalies.push(row);
    if (!isAnomaly(row.mark) && !row.began) return;
    this.#tally(row);
    const isShown = this.#outcome.anomalies.length < FRAME_ANOMALIES_MAX;
    if (!isShown && !row.began) return;
    const anomaly = describe(row);
    if (isShown) this.#outcome.anomalies.push(anomaly);
    if (!row.began) return;
    const { device, sensor, tsUs, kind, sensorFault, sentence, backfilled } = anomaly;
    this.#outcome.edges.push({
      device,
      sensor,
      on: true,
      tsUs,
      kind,
      sensorFault,
      sentence,
      backfilled,
    });
  }

  #tally({ series, tsUs, mark }: AnomalyRow): void {
    const { tallies } = this.#outcome;
    const device = series.device.name;
    const minuteUs = floorTo(tsUs, US_PER_MINUTE);
    let tally = tallies[tallies.length - 1];
    if (tally?.device !== device || tally.minuteUs !== minuteUs) {
      tally = { device, minuteUs, told: 0, anomalies: 0 };
      tallies.push(tally);
    }
    tally.told++;
    if (isAnomaly(mark)) tally.anomalies++;
  }

  /** An alarm that stood is over. */
  alarmEnded(series: SeriesRecord, tsUs: number, backfilled: boolean): void {
    const { sensor } = series;
    const what = { kind: 'none', sensorFault: false, sentence: '' } as const;
    this.#outcome.edges.push({
      device: series.device.name,
      sensor,
      on: false,
      tsUs,
      ...what,
      backfilled,
    });
  }

  event(event: LedgerEvent): void {
    this.#events.push(event);
  }

  /** Counts one reading, or more, that was not stored. */
  count(device: DeviceRecord, what: Counted, count = 1): void {
    const counts = this.#counts.get(device) ?? {};
    counts[what] = (counts[what] ?? 0) + count;
    this.#counts.set(device, counts);
  }

  finish(): Entry {
    for (const [device, counts] of this.#counts) {
      for (const what of ['duplicates', 'conflicts', 'expired', 'rejected', 'thinned'] as const) {
        const count = counts[what];
        if (count !== undefined) this.#events.push({ what, device: device.id, count });
      }
    }
    return {
      receivedUs: this.#receivedUs,
      series: this.#series.subarray(0, this.#count),
      tsUs: this.#tsUs.subarray(0, this.#count),
      value: this.#value.subarray(0, this.#count),
      steps: this.#steps.subarray(0, this.#count),
      marks: this.#marks.subarray(0, this.#count),
      bands: this.#bands,
      events: this.#events,
    };
  }

  /** Joint rows come on top of the parcel's own: the room for them is found when needed. */
  #grow(): void {
    const capacity = this.#tsUs.length * 2;
    const widen = <T extends Uint32Array | Float64Array | Uint16Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.#series = widen(this.#series, new Uint32Array(capacity));
    this.#tsUs = widen(this.#tsUs, new Float64Array(capacity));
    this.#value = widen(this.#value, new Float64Array(capacity));
    this.#steps = widen(this.#steps, new Uint16Array(capacity));
    this.#marks = widen(this.#marks, new Uint16Array(capacity));
  }
}

function describe(row: AnomalyRow): Anomaly {
  const { series, tsUs, value, mark, channels } = row;
  const maybe = (edge: number): number | null => (Number.isFinite(edge) ? edge : null);
  const anomaly = {
    device: series.device.name,
    sensor: series.sensor,
    ...(series.unit === undefined ? {} : { unit: series.unit }),
    tsUs,
    value,
    score: row.steps / SCORE_STEPS,
    threshold: row.threshold,
    alarm: isAlarm(mark),
    kind: kindOf(mark),
    sensorFault: isSensorFault(mark),
    expected: maybe(row.expected),
    lower: maybe(row.lower),
    upper: maybe(row.upper),
    channels: channels.map(([name, share]): [string, number] => [name, share]),
    backfilled: row.backfilled,
  };
  return { ...anomaly, sentence: sentenceOf(anomaly) };
}
