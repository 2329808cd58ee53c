/**
 * What people are told: false alarms of the demo's fleet against its budget, incidents found, and how soon a webhook
 * hears of one.
 *
 * The fleet is simulated from a fixed stamp and seed, each device for the same time, from a cold start whose first
 * readings count. An alarm is counted where it begins, of a series or of a device's sensors together. Baseline: three
 * standard deviations of the last thousand readings, which stands and ends by the same rule. The webhook is real: a
 * server, a channel and a receiver on loopback.
 */
import { createRng } from '@fernsight/base';
import { createJointVerdict, createVerdict, DeviceJudge } from '@fernsight/detect';
import {
  AGENTS,
  type Alarm,
  type Incident,
  type Machine,
  type Matched,
  matchAlarms,
  PLAIN,
  Signal,
} from 'fernsight/demo';
import type { BenchRow } from './measure.ts';

const SEED = 'alarms';
/** 2026-01-05, a Monday, 00:00 UTC */
const START_US = 1_767_571_200e6;
const WEEK_US = 7 * 86_400e6;
/** Of a device; see DeviceOptions. */
const BUDGET_PER_WEEK = 1;
/**
 * Readings of a sensor between two incidents: as in the demo's past, one an hour or so, and what a bad week looks like;
 * and the share of the device-weeks that is simulated with them.
 */
const TROUBLES = [
  { readingsPerIncident: 4_000, share: 0.2 },
  { readingsPerIncident: 40_000, share: 0.5 },
];
const JOINT = '@joint';

export interface AlarmSizes {
  readonly deviceWeeks: number;
}

export function benchAlarms({ deviceWeeks }: AlarmSizes): BenchRow[] {
  return [
    ...quiet(deviceWeeks),
    ...TROUBLES.flatMap(({ readingsPerIncident, share }) =>
      troubled(deviceWeeks * share, readingsPerIncident),
    ),
  ];
}

function quiet(deviceWeeks: number): BenchRow[] {
  const fleet = simulate(deviceWeeks, 0);
  const rate = (alarms: readonly Alarm[]) => alarms.length / deviceWeeks / BUDGET_PER_WEEK;
  const joint = fleet.alarms.filter(({ sensor }) => sensor === JOINT);
  const row = rowOf('alarms.quiet');
  return [
    row('simulated', deviceWeeks, 'device-weeks'),
    {
      ...row('false alarms over budget', rate(fleet.alarms), 'of 1 a week'),
      baseline: 'fewer than 3 sigma',
      ratio: rate(fleet.plain) / rate(fleet.alarms),
    },
    row('of them joint', rate(joint), 'of 1 a week'),
    row('3 sigma', rate(fleet.plain), 'of 1 a week'),
  ];
}

function troubled(deviceWeeks: number, readingsPerIncident: number): BenchRow[] {
  const fleet = simulate(deviceWeeks, 1 / readingsPerIncident);
  const ours = matchAlarms(fleet.incidents, fleet.alarms, fleet.endUs);
  const plain = matchAlarms(fleet.incidents, fleet.plain, fleet.endUs);
  const found = (matched: Matched) => matched.found / matched.injected;
  const row = rowOf(`alarms.${readingsPerIncident}`);
  return [
    row('simulated', deviceWeeks, 'device-weeks'),
    row('injected', ours.injected, 'incidents'),
    {
      ...row('found over injected', found(ours), ''),
      baseline: '3 sigma',
      ratio: found(ours) / found(plain),
    },
    row('3 sigma', found(plain), ''),
    row('elsewhere, a device-week', ours.false / deviceWeeks, 'alarms'),
    row('elsewhere, 3 sigma', plain.false / deviceWeeks, 'alarms'),
  ];
}

function rowOf(bench: string) {
  return (metric: string, value: number, unit: string): BenchRow => {
    return { bench, metric, value, unit, baseline: null, ratio: null };
  };
}

interface Simulated {
  readonly incidents: Incident[];
  readonly alarms: Alarm[];
  /** of the baseline */
  readonly plain: Alarm[];
  readonly endUs: number;
}

function simulate(deviceWeeks: number, chance01: number): Simulated {
  const machines = [...AGENTS, ...PLAIN];
  const endUs = START_US + (deviceWeeks / machines.length) * WEEK_US;
  const fleet: Simulated = { incidents: [], alarms: [], plain: [], endUs };
  for (const machine of machines) watch(machine, chance01, fleet);
  return fleet;
}

/** Judges all readings of a machine, by the product and by the baseline. */
function watch(machine: Machine, chance01: number, fleet: Simulated): void {
  const signal = new Signal(machine, {
    rng: createRng(SEED),
    startUs: START_US,
    incidentChance01: () => chance01,
    onIncident: (incident) => fleet.incidents.push(incident),
  });
  const judge = new DeviceJudge({});
  const [out, joint] = [createVerdict(), createJointVerdict()];
  const ours = edges(machine.device, fleet.alarms);
  const baseline = edges(machine.device, fleet.plain);
  const plain = machine.sensors.map(() => new ThreeSigma());
  while (signal.nextUs < fleet.endUs) {
    const { tsUs, values } = signal.next();
    machine.sensors.forEach(({ sensor }, index) => {
      const value = values[index] ?? 0;
      const closed = judge.judge(sensor, tsUs, value, out, joint);
      ours(sensor, tsUs, out.alarm);
      if (closed) ours(JOINT, joint.tsUs, joint.alarm);
      baseline(sensor, tsUs, plain[index]?.stands(value) === true);
    });
  }
}

/** @returns what notes an alarm where one begins */
function edges(device: string, alarms: Alarm[]) {
  const standing = new Set<string>();
  return (sensor: string, tsUs: number, stands: boolean) => {
    if (!stands) standing.delete(sensor);
    else if (!standing.has(sensor)) {
      standing.add(sensor);
      alarms.push({ device, sensor, tsUs });
    }
  };
}

/** Mean and deviation of the last thousand readings or so; three deviations are an alarm. */
class ThreeSigma {
  static readonly #SIGMAS = 3;
  static readonly #MEMORY = 1_000;
  /** as many readings as the product needs to be `ready` */
  static readonly #WARM = 256;
  /** readings in a row within the band after which an alarm is over, as in detect's episode.ts */
  static readonly #REFRACTORY = 100;
  #count = 0;
  #mean = 0;
  #variance = 0;
  #calm = ThreeSigma.#REFRACTORY;

  stands(value: number): boolean {
    const off = value - this.#mean;
    const out = off * off > ThreeSigma.#SIGMAS ** 2 * this.#variance;
    this.#calm = out && this.#count >= ThreeSigma.#WARM ? 0 : this.#calm + 1;
    this.#count += 1;
    const rate = 1 / Math.min(this.#count, ThreeSigma.#MEMORY);
    this.#mean += rate * off;
    this.#variance = (1 - rate) * (this.#variance + rate * off * off);
    return this.#calm < ThreeSigma.#REFRACTORY;
  }
}
