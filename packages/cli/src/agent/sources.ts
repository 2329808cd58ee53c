/** The sources that settings speak of. */
import { accessSync, constants, createReadStream } from 'node:fs';
import {
  createRng,
  errorMessage,
  type SensorCard,
  US_PER_MS,
  UsageFault,
  unreachable,
} from '@fernsight/base';
import {
  createCsvSource,
  createLinuxSource,
  createMqttSource,
  createNdjsonSource,
  createPushSource,
  createSimulator,
  openTable,
  pickColumns,
  type Source,
  SYNTHETIC_TYPES,
  type SyntheticType,
} from '@fernsight/edge';
import { readCertificate } from '../certificate.ts';
import type { Invocation } from '../invocation.ts';
import { suggestion } from '../settings/nearest.ts';
import type { Settings, SourceSettings } from '../settings/schema.ts';

export interface SourceSurroundings {
  readonly device: string;
  readonly sensors: readonly SensorCard[];
  readonly invocation: Invocation;
}

/**
 * @returns the source that the flags name and those of the list; where there is none, the simulator
 * @throws UsageFault where a setting that a source needs is missing
 */
export function createSources(edge: Settings['edge'], around: SourceSurroundings): Source[] {
  const wanted = edge.source === undefined && edge.sources.length > 0 ? [] : [edge];
  return [...wanted, ...edge.sources].map((one) => createSource(one, around));
}

/**
 * Looks at the files and columns that the settings name, so that a mistake is told before an outbox is made.
 * @throws UsageFault
 */
export async function checkInputs(edge: Settings['edge']): Promise<void> {
  for (const { source, input, time, value: values } of [edge, ...edge.sources]) {
    if (input === undefined || input === '-') continue;
    if (source !== 'csv') {
      checkReadable(input);
      continue;
    }
    const bytes = createReadStream(input);
    try {
      pickColumns(await openTable(bytes, input), { time, values });
    } finally {
      bytes.destroy();
    }
  }
}

function checkReadable(path: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw new UsageFault(`cannot read ${path}: ${errorMessage(error)}`, {
      op: 'edge.source',
      hint: 'check that it exists and may be read',
      cause: error,
    });
  }
}

function createSource(settings: SourceSettings, around: SourceSurroundings): Source {
  const { clock, rng, stdin } = around.invocation;
  const { interval: intervalMs, time, value: values, speed, stamps } = settings;
  switch (settings.source) {
    case undefined:
    case 'simulator':
      return createSimulator({
        clock,
        rng: settings.seed === undefined ? rng.fork('simulator') : createRng(settings.seed),
        intervalMs,
        sensors: Object.fromEntries(settings.simulate.map((name) => [name, syntheticType(name)])),
      });
    case 'csv': {
      const path = needed(settings.input, '--input FILE');
      const cards = Object.fromEntries(around.sensors.map((card) => [card.sensor, card]));
      return createCsvSource({ path, time, values, speed, stamps, cards, clock, stdin });
    }
    case 'ndjson':
      return createNdjsonSource({
        path: needed(settings.input, '--input FILE'),
        speed,
        stamps,
        clock,
        stdin,
      });
    case 'linux':
      return createLinuxSource({ intervalMs, clock });
    case 'mqtt':
      return createMqttSource({
        url: needed(settings.broker, '--broker URL'),
        topics: settings.topics.map((pattern) => ({
          pattern,
          value: settings.payloadValue,
          time: settings.payloadTime,
        })),
        clientId: `fernsight-${around.device}`,
        username: settings.username,
        password: settings.password,
        version: settings.mqttVersion,
        ca: readCertificate(settings.mqttCa),
      });
    case 'push':
      return createPushSource({ port: needed(settings.pushPort, '--push-port PORT') });
    default:
      return unreachable(settings.source);
  }
}

function syntheticType(name: string): SyntheticType {
  const type = SYNTHETIC_TYPES.find((one) => one === name);
  if (type !== undefined) return type;
  throw new UsageFault(`nothing simulates ${JSON.stringify(name)}`, {
    op: 'edge.source',
    hint: suggestion(name, SYNTHETIC_TYPES),
  });
}

function needed<Value>(value: Value | undefined, flag: string): Value {
  if (value !== undefined) return value;
  throw new UsageFault(`this source needs ${flag}`, {
    op: 'edge.source',
    hint: 'see "fernsight edge --help"',
  });
}

/** @returns what the settings know of the sensors */
export function cardsOf({ sensors }: Settings['edge']): SensorCard[] {
  return sensors.map(({ sensor, type, unit, min, max, interval }) => ({
    sensor,
    ...(type === undefined ? {} : { type }),
    ...(unit === undefined ? {} : { unit }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(interval === undefined ? {} : { intervalUs: interval * US_PER_MS }),
  }));
}

/** @returns what a source knows of its sensors by itself */
export function cardsOfSource({ sensors = [] }: Source): readonly SensorCard[] {
  return sensors;
}
