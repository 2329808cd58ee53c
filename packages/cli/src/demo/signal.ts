/**
 * The readings of one machine: a load that rises and falls, sensors that follow it each in its way, noise with a little
 * memory, and now and then an incident. The row at a stamp depends on the seed and on the rows before it alone.
 */
import type { Rng } from '@fernsight/base';
import { type Disturbance, drawDisturbance, type Incident } from './incident.ts';
import type { Machine, Sensor } from './plant.ts';

/** What is left of a reading's noise in the next one. */
const MEMORY01 = 0.5;
/** Readings at the start without incident, and between two of one sensor: the detectors warm up, the chart calms down. */
const QUIET_READINGS = 300;

export interface SignalRow {
  readonly tsUs: number;
  /** by sensor, in the machine's order */
  readonly values: readonly number[];
}

export interface SignalOptions {
  readonly rng: Rng;
  readonly startUs: number;
  /** @returns the chance that an incident begins at one reading of one sensor */
  readonly incidentChance01: (tsUs: number) => number;
  /** called when an incident begins */
  readonly onIncident: (incident: Incident) => void;
}

export class Signal {
  readonly machine: Machine;
  readonly #options: SignalOptions;
  readonly #probes: readonly Probe[];
  readonly #phase: number;
  #nextUs: number;

  constructor(machine: Machine, options: SignalOptions) {
    this.machine = machine;
    this.#options = options;
    const rng = options.rng.fork(machine.device);
    this.#phase = rng.next() * 2 * Math.PI;
    this.#probes = machine.sensors.map((sensor) => new Probe(sensor, rng.fork(sensor.sensor)));
    // Machines are not read all at the same instant.
    this.#nextUs = options.startUs + rng.below(machine.intervalMs) * 1_000;
  }

  /** the stamp of the next row */
  get nextUs(): number {
    return this.#nextUs;
  }

  next(): SignalRow {
    const tsUs = this.#nextUs;
    this.#nextUs += this.machine.intervalMs * 1_000;
    const angle = (2 * Math.PI * (tsUs - this.#options.startUs)) / (this.machine.cycleS * 1e6);
    const load = Math.sin(angle + this.#phase);
    return { tsUs, values: this.#probes.map((probe) => this.#read(probe, load, tsUs)) };
  }

  #read(probe: Probe, load: number, tsUs: number): number {
    if (probe.mayFail(this.#options.incidentChance01(tsUs))) {
      const { kind, length } = probe.fail();
      const lastUs = tsUs + (length - 1) * this.machine.intervalMs * 1_000;
      const { device } = this.machine;
      this.#options.onIncident({
        device,
        sensor: probe.sensor.sensor,
        kind,
        firstUs: tsUs,
        lastUs,
      });
    }
    return probe.read(load);
  }
}

class Probe {
  readonly sensor: Sensor;
  readonly #rng: Rng;
  #rest = 0;
  #quiet = QUIET_READINGS;
  #disturbance: Disturbance | undefined;
  #step = 0;

  constructor(sensor: Sensor, rng: Rng) {
    this.sensor = sensor;
    this.#rng = rng;
  }

  mayFail(chance01: number): boolean {
    const draw = this.#rng.next();
    return this.#disturbance === undefined && this.#quiet === 0 && draw < chance01;
  }

  fail(): Disturbance {
    this.#disturbance = drawDisturbance(this.sensor, this.#rng);
    this.#step = 0;
    return this.#disturbance;
  }

  read(load: number): number {
    const { base, swing, noise, digits } = this.sensor;
    this.#rest = MEMORY01 * this.#rest + Math.sqrt(1 - MEMORY01 * MEMORY01) * this.#rng.normal();
    const value = base + swing * load + noise * this.#rest;
    return Number(this.#disturbed(value).toFixed(digits));
  }

  #disturbed(value: number): number {
    const disturbance = this.#disturbance;
    if (disturbance === undefined) {
      this.#quiet = Math.max(0, this.#quiet - 1);
      return value;
    }
    const read = disturbance.disturb(value, this.#step++);
    if (this.#step >= disturbance.length) {
      this.#disturbance = undefined;
      this.#quiet = QUIET_READINGS;
    }
    return read;
  }
}
