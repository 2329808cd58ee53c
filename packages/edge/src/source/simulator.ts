/** A source of synthetic sensors, labelled and seeded: one row of all of them an interval, stamped by the agent. */
import { type Clock, type Rng, systemClock, US_PER_MS } from '@fernsight/base';
import { Beat } from './beat.ts';
import type { Block, Source } from './source.ts';
import { createSynthetic, type SyntheticType, unitOf } from './synthetic.ts';

export interface SimulatorOptions {
  /** sensors by name; default: one of each of the original's four types */
  readonly sensors?: Readonly<Record<string, SyntheticType>> | undefined;
  readonly intervalMs?: number | undefined;
  readonly rng: Rng;
  readonly clock?: Clock | undefined;
  readonly cleanRows?: number | undefined;
  readonly anomalyFactor?: number | undefined;
  readonly name?: string | undefined;
}

const ORIGINAL_SENSORS: Readonly<Record<string, SyntheticType>> = {
  temperature: 'temperature',
  pressure: 'pressure',
  cpu_usage: 'cpu_usage',
  network_latency: 'network_latency',
};

/** @returns a source that never ends and cannot repeat */
export function createSimulator(options: SimulatorOptions): Source {
  const { sensors = ORIGINAL_SENSORS, intervalMs = 1_000, clock = systemClock } = options;
  const series = Object.entries(sensors).map(([sensor, type]) => ({
    sensor,
    type,
    values: createSynthetic({ ...options, type, rng: options.rng.fork(sensor) }),
  }));
  return {
    name: options.name ?? 'simulator',
    repeatable: false,
    sensors: series.map(({ sensor, type }) => ({
      sensor,
      type,
      unit: unitOf(type),
      intervalUs: intervalMs * US_PER_MS,
    })),
    async *read(_from, signal): AsyncGenerator<Block> {
      const beat = new Beat(clock, intervalMs);
      while (!signal.aborted) {
        yield { readings: series.map(({ sensor, values }) => ({ sensor, ...values.next() })) };
        await beat.next(signal);
      }
    },
  };
}
