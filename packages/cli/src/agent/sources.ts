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
import { kebab } from '../settings/layers.ts';
import type { LeafGroup } from '../settings/leaf.ts';
import { suggestion } from '../settings/nearest.ts';
import { type Settings, type SourceSettings, sections } from '../settings/schema.ts';
import { SourceMarks } from './sourceMarks.ts';

export interface SourceSurroundings {
  readonly device: string;
  readonly sensors: readonly SensorCard[];
  readonly invocation: Invocation;
}

type SourceKind = NonNullable<SourceSettings['source']>;

/** Which sources look at a setting; to all others it means nothing. */
const takersOf: Readonly<Record<Exclude<keyof SourceSettings, 'source'>, readonly SourceKind[]>> = {
  input: ['csv', 'ndjson'],
  time: ['csv'],
  value: ['csv'],
  speed: ['csv', 'ndjson'],
  stamps: ['csv', 'ndjson'],
  interval: ['simulator', 'linux'],
  simulate: ['simulator'],
  seed: ['simulator'],
  broker: ['mqtt'],
  topics: ['mqtt'],
  payloadValue: ['mqtt'],
  payloadTime: ['mqtt'],
  username: ['mqtt'],
  password: ['mqtt'],
  mqttCa: ['mqtt'],
  mqttVersion: ['mqtt'],
  pushPort: ['push'],
};
const TAKERS: ReadonlyMap<string, readonly SourceKind[]> = new Map(Object.entries(takersOf));

/**
 * @returns the source that the flags name and those of the list; where there is none, the simulator
 * @throws UsageFault where a setting that a source needs is missing, and where one is set that only another takes
 */
export function createSources(edge: Settings['edge'], around: SourceSurroundings): Source[] {
  const isListed = edge.source === undefined && edge.sources.length > 0;
  // Beside a list nothing is made of the flags: then not even the simulator takes a setting.
  checkTaken(edge, { by: isListed ? undefined : 'simulator', place: undefined });
  edge.sources.forEach((one, index) => {
    checkTaken(one, { by: 'simulator', place: `entry ${index + 1} of edge.sources` });
  });
  const wanted = isListed ? [] : [edge];
  const marks = new SourceMarks();
  return [...wanted, ...edge.sources].map((one) => {
    const [place, takes] = placeOf(one);
    const mark = marks.markOf(place, takes);
    const source = createSource(one, { ...around, mark });
    return { ...source, name: source.name + mark };
  });
}

/** @returns where a source reads and what it takes there: two of one place need two names */
function placeOf(settings: SourceSettings): [place: string, takes: readonly string[]] {
  const { source = 'simulator', broker = '', input, pushPort } = settings;
  if (source === 'mqtt') {
    // Two ports of a host, plain and TLS, may be one broker, which keeps one session a name.
    const host = URL.canParse(broker) ? new URL(broker).hostname.toLowerCase() : broker;
    return [`mqtt:${host}`, settings.topics];
  }
  const takes = source === 'simulator' ? settings.simulate : settings.value;
  return [`${source}:${input ?? pushPort ?? ''}`, takes ?? []];
}

/**
 * Without this, who names a file and forgets the source would send what the simulator invents, and who mistakes one for
 * another would wait for a file that nobody reads.
 * @param by what reads where no source is named
 * @throws UsageFault
 */
function checkTaken(
  settings: SourceSettings,
  { by, place }: { readonly by: SourceKind | undefined; readonly place: string | undefined },
): void {
  const { source } = settings;
  const reads = source ?? by;
  const leaves: LeafGroup = sections.edge;
  for (const [key, value] of Object.entries(settings)) {
    const takers = TAKERS.get(key) ?? [];
    if (value === leaves[key]?.default || takers.length === 0) continue;
    if (takers.some((taker) => taker === reads)) continue;
    const kinds = takers.join(' or ');
    const flag = `--${kebab(key)}${leaves[key]?.secret ? '-file' : ''}`;
    const needs =
      place === undefined
        ? `${flag} needs --source ${kinds}`
        : `${place}: ${key} needs source: ${kinds}`;
    throw new UsageFault(source === undefined ? needs : `${needs}, and is none of ${source}`, {
      op: 'edge.source',
      hint: `${source === undefined ? 'name the source' : 'leave it out, or name the source that it is for'}; see "fernsight edge --help"`,
    });
  }
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

/** @param around with what tells the source from others of its place */
function createSource(
  settings: SourceSettings,
  { mark, ...around }: SourceSurroundings & { readonly mark: string },
): Source {
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
        clientId: `fernsight-${around.device}${mark}`,
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

/** @returns what the settings know of the sensors @throws UsageFault on limits that leave no value between them */
export function cardsOf({ sensors }: Pick<Settings['edge'], 'sensors'>): SensorCard[] {
  return sensors.map(({ sensor, type, unit, min, max, interval }) => {
    if (min !== undefined && max !== undefined && min > max) {
      throw new UsageFault(`no value of ${sensor} is within its limits: min ${min}, max ${max}`, {
        op: 'edge.sensors',
        hint: 'give a min that is not above the max',
      });
    }
    return {
      sensor,
      ...(type === undefined ? {} : { type }),
      ...(unit === undefined ? {} : { unit }),
      ...(min === undefined ? {} : { min }),
      ...(max === undefined ? {} : { max }),
      ...(interval === undefined ? {} : { intervalUs: interval * US_PER_MS }),
    };
  });
}

/** @returns what a source knows of its sensors by itself */
export function cardsOfSource({ sensors = [] }: Source): readonly SensorCard[] {
  return sensors;
}
