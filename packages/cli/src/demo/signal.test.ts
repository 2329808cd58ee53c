import { createRng, US_PER_HOUR } from '@fernsight/base';
import { describe, expect, it } from 'vitest';
import type { Incident } from './incident.ts';
import { AGENTS, type Machine, PLAIN } from './plant.ts';
import { Signal } from './signal.ts';

const START_US = 1_800_000_000_000_000;

function hourOf(machine: Machine, chance01: number, seed = 1) {
  const incidents: Incident[] = [];
  const signal = new Signal(machine, {
    rng: createRng(seed),
    startUs: START_US,
    incidentChance01: () => chance01,
    onIncident: (incident) => incidents.push(incident),
  });
  const rows = [];
  while (signal.nextUs < START_US + US_PER_HOUR) rows.push(signal.next());
  return { rows, incidents };
}

describe('the plant', () => {
  it('is six agents and twenty plain devices of at least five kinds of sensor', () => {
    expect(AGENTS.length).toBe(6);
    expect(PLAIN.length).toBe(20);
    const devices = [...AGENTS, ...PLAIN].map(({ device }) => device);
    expect(new Set(devices).size).toBe(26);
    const types = [...AGENTS, ...PLAIN].flatMap(({ sensors }) => sensors.map(({ type }) => type));
    expect(new Set(types).size).toBeGreaterThanOrEqual(5);
  });

  it('stays near its figures while nothing is wrong', () => {
    for (const machine of [...AGENTS, ...PLAIN]) {
      const { rows } = hourOf(machine, 0);
      expect(rows.length).toBeGreaterThanOrEqual(3_600_000 / machine.intervalMs - 1);
      machine.sensors.forEach(({ base, swing, noise }, index) => {
        const far = rows.filter(({ values }) => {
          const distance = Math.abs((values[index] ?? Number.NaN) - base);
          return !(distance <= swing + 5.5 * noise);
        });
        expect(far, machine.device).toEqual([]);
      });
    }
  });

  it('gives the same rows for the same seed, and others for another', () => {
    const machine = AGENTS[0] ?? PLAIN[0];
    if (machine === undefined) throw new Error('there is a machine');
    expect(hourOf(machine, 0.001)).toEqual(hourOf(machine, 0.001));
    expect(hourOf(machine, 0.001, 2).rows).not.toEqual(hourOf(machine, 0.001).rows);
  });

  it('differs from its normal course exactly where an incident was told', () => {
    let told = 0;
    for (const machine of AGENTS) {
      const { rows, incidents } = hourOf(machine, 0.002);
      told += incidents.length;
      expect(new Set(incidents.map(({ kind }) => kind)).size).toBeGreaterThan(1);
      for (const { sensor, firstUs, lastUs, kind } of incidents) {
        const index = machine.sensors.findIndex((one) => one.sensor === sensor);
        const { base = 0, swing = 0, noise = 0 } = machine.sensors[index] ?? {};
        const during = rows.filter(({ tsUs }) => tsUs >= firstUs && tsUs <= lastUs);
        const worst = Math.max(
          ...during.map(({ values }) => Math.abs((values[index] ?? 0) - base)),
        );
        if (lastUs < START_US + US_PER_HOUR) {
          expect(worst, `${machine.device} ${kind}`).toBeGreaterThan(9 * noise - swing - 4 * noise);
        }
      }
      const quiet = rows.filter(
        ({ tsUs }) => !incidents.some(({ firstUs, lastUs }) => tsUs >= firstUs && tsUs <= lastUs),
      );
      const far = quiet.filter(({ values }) =>
        machine.sensors.some(
          ({ base, swing, noise }, at) => Math.abs((values[at] ?? 0) - base) > swing + 5.5 * noise,
        ),
      );
      expect(far).toEqual([]);
    }
    expect(told).toBeGreaterThan(20);
  });
});
