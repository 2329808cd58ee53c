/** The sources that settings speak of. */
import { type SensorCard, US_PER_MS, UsageFault, unreachable } from '@fernsight/base';
import { createCsvSource, createSimulator, type Source } from '@fernsight/edge';
import type { Invocation } from '../invocation.ts';
import type { Settings } from '../settings/schema.ts';

type EdgeSettings = Settings['edge'];

/** @throws UsageFault where a setting that the source needs is missing */
export function createSource(edge: EdgeSettings, { clock, rng, stdin }: Invocation): Source {
  switch (edge.source) {
    case 'simulator':
      return createSimulator({ clock, rng: rng.fork('simulator') });
    case 'csv': {
      const { input, speed, stamps, time, value: values } = edge;
      if (input === undefined) {
        throw new UsageFault('a csv source needs a file', {
          op: 'edge.source',
          hint: 'name it with --input FILE, or - for standard input',
        });
      }
      const cards = Object.fromEntries(cardsOf(edge).map((card) => [card.sensor, card]));
      return createCsvSource({ path: input, time, values, speed, stamps, cards, clock, stdin });
    }
    default:
      return unreachable(edge.source);
  }
}

/** @returns what the settings know of the sensors */
export function cardsOf({ sensors }: EdgeSettings): SensorCard[] {
  return sensors.map(({ sensor, type, unit, min, max, interval }) => ({
    sensor,
    ...(type === undefined ? {} : { type }),
    ...(unit === undefined ? {} : { unit }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(interval === undefined ? {} : { intervalUs: interval * US_PER_MS }),
  }));
}
