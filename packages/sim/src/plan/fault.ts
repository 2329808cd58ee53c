/**
 * The faults of a history: a list drawn from the seed, so that a replay may leave any of them out.
 *
 * A fault has a time and acts on nodes by their names. `crash` waits for the component to pass a named point, a few times over, and
 * ends it there; the others act at their time and for their length.
 */
import type { CrashPoint, Rng } from '@fernsight/base';
import type { SyntheticType } from '@fernsight/edge';
import { VARIANTS } from '../model/simModels.ts';
import { drawChangeover } from './changeover.ts';
import type { SimConfig } from './config.ts';
import { AGENT_POINTS } from './happening.ts';
import { cloudPointsOf, earlierMs, isRare, occasionOf } from './occasion.ts';

export type Fault = { readonly id: number; readonly atMs: number } & FaultDeed;

export type FaultDeed =
  | {
      readonly kind: 'crash';
      readonly node: string;
      readonly point: CrashPoint;
      readonly pass: number;
      readonly hasPower: boolean;
    }
  | {
      readonly kind: 'kill';
      readonly node: string;
      readonly hasPower: boolean;
      readonly awayMs: number;
    }
  | { readonly kind: 'cut' | 'halfOpen'; readonly nodes: readonly string[]; readonly forMs: number }
  | { readonly kind: 'partition'; readonly group: number; readonly forMs: number }
  | {
      readonly kind: 'badLine';
      readonly ratio: number;
      readonly what: 'loss' | 'lostReply' | 'duplicate' | 'stray';
      readonly forMs: number;
    }
  | { readonly kind: 'slowLine'; readonly latencyMs: number; readonly forMs: number }
  | { readonly kind: 'diskFull' | 'diskFails'; readonly node: string; readonly forMs: number }
  | { readonly kind: 'clockStep'; readonly node: string; readonly stepUs: number }
  | { readonly kind: 'clockDrift'; readonly node: string; readonly rate: number }
  | { readonly kind: 'flood'; readonly node: string; readonly rows: number }
  | { readonly kind: 'swapModel'; readonly sensorType: SyntheticType; readonly variant: number }
  | { readonly kind: 'rollBackModel'; readonly sensorType: SyntheticType }
  | { readonly kind: 'maintenance'; readonly node: string; readonly forMs: number }
  | { readonly kind: 'silence'; readonly node: string; readonly forMs: number };

export type FaultKind = FaultDeed['kind'];

export const CLOUD = 'cloud';

const KINDS: readonly FaultKind[] = [
  'crash',
  'crash',
  'crash',
  'kill',
  'cut',
  'halfOpen',
  'partition',
  'badLine',
  'slowLine',
  'diskFull',
  'diskFails',
  'clockStep',
  'clockDrift',
  'flood',
  'silence',
  'swapModel',
  'rollBackModel',
];

const MS_PER_HOUR = 3_600_000;
const US_PER_MS = 1000;
const YEAR_US = 365.25 * 24 * MS_PER_HOUR * US_PER_MS;
/** Faults of a short history, and an hour of a long one, on average. */
const FAULTS_SHORT = 8;
const FAULTS_PER_HOUR = 6;
const AGENTS_USUAL = 20;
const MAINTENANCE_SHARE = 0.4;
const SINGLE: ReadonlySet<FaultKind> = new Set([
  'crash',
  'kill',
  'diskFull',
  'diskFails',
  'clockStep',
  'clockDrift',
  'flood',
  'silence',
]);

/** @returns the faults in the order of their times; each kind is left out of half of all histories */
export function drawFaults(config: SimConfig, rng: Rng): Fault[] {
  const draw = rng.fork('faults');
  const endMs = config.hours * MS_PER_HOUR;
  const kinds = KINDS.filter(() => draw.next() < 0.6);
  if (kinds.length === 0) return [];
  const share = draw.next() * 2;
  const count = Math.round(share * Math.max(FAULTS_SHORT, FAULTS_PER_HOUR * config.hours));
  const times = Array.from({ length: count }, () => Math.floor(draw.next() * endMs));
  times.sort((a, b) => a - b);
  const faults = times.map((atMs, id): Fault => {
    const kind = kinds[draw.below(kinds.length)] ?? 'kill';
    const deed = drawDeed(kind, { config, mayBeCloud: true }, draw.fork(String(id)));
    return { id, atMs: earlierMs(deed, atMs), ...deed };
  });
  const all = [...faults, ...drawMore(config, { kinds, draw, first: count })];
  const led = [...all, ...occasionsOf(all, config, rng.fork('occasions'))];
  const changed = [...led, ...drawChangeover(config, rng.fork('changeover'), led.length)];
  return [...changed, ...drawMaintenance(config, rng.fork('maintenance'), changed.length)];
}

function occasionsOf(faults: readonly Fault[], config: SimConfig, rng: Rng): Fault[] {
  let id = faults.length;
  return faults.flatMap((fault) => {
    if (fault.kind !== 'crash') return [];
    return occasionOf(fault, config, rng).map(({ afterMs, ...deed }): Fault => {
      return { id: id++, atMs: Math.max(0, fault.atMs + afterMs), ...deed };
    });
  });
}

/** Some devices are under repair for a while, one of each kind at most; drawn apart, so that other faults stay as they were. */
function drawMaintenance(config: SimConfig, rng: Rng, firstId: number): Fault[] {
  const { agents, plains, hours } = config;
  const chosen = [agents, plains.filter(({ stamps }) => stamps === 'own')].flatMap((some) => {
    const one = some[rng.below(Math.max(1, some.length))];
    return one !== undefined && rng.next() < MAINTENANCE_SHARE ? [one.name] : [];
  });
  return chosen.map((node, index): Fault => {
    const atMs = Math.floor((0.1 + 0.4 * rng.next()) * hours * MS_PER_HOUR);
    const forMs = 10_000 + rng.below(20_000);
    return { id: firstId + index, atMs, kind: 'maintenance', node, forMs: forMs * config.pace };
  });
}

/** A large fleet has more faults of single agents, and not more of the network and the cloud that all share. */
function drawMore(
  config: SimConfig,
  {
    kinds,
    draw,
    first,
  }: { readonly kinds: readonly FaultKind[]; readonly draw: Rng; readonly first: number },
): Fault[] {
  const single = kinds.filter((kind) => SINGLE.has(kind));
  const more = Math.floor(first * (config.agents.length / AGENTS_USUAL - 1));
  if (single.length === 0 || more <= 0) return [];
  return Array.from({ length: more }, (_, index): Fault => {
    const id = first + index;
    const atMs = Math.floor(draw.next() * config.hours * MS_PER_HOUR);
    const kind = single[draw.below(single.length)] ?? 'kill';
    return { id, atMs, ...drawDeed(kind, { config, mayBeCloud: false }, draw.fork(String(id))) };
  });
}

function drawDeed(
  kind: FaultKind,
  { config, mayBeCloud }: { readonly config: SimConfig; readonly mayBeCloud: boolean },
  rng: Rng,
): FaultDeed {
  const agents = config.agents.map(({ name }) => name);
  const edges = [...agents, ...config.plains.map(({ name }) => name)];
  const pick = <T>(items: readonly T[]): T => items[rng.below(items.length)] as T;
  /** from a second to some minutes, and now and then most of an hour */
  const forMs = Math.round(1_000 * 10 ** (rng.next() * (config.hours < 1 ? 2 : 3.6)));
  const node = rng.below(3) === 0 && mayBeCloud ? CLOUD : pick(agents);
  switch (kind) {
    case 'crash': {
      const point = pick<CrashPoint>(node === CLOUD ? cloudPointsOf(config) : AGENT_POINTS);
      const pass = 1 + rng.below(20);
      return { kind, node, point, pass: isRare(point) ? 1 : pass, hasPower: rng.below(2) === 0 };
    }
    case 'kill':
      return { kind, node, hasPower: rng.below(2) === 0, awayMs: Math.min(forMs, 600_000) };
    case 'cut':
    case 'halfOpen':
      return { kind, nodes: edges.filter(() => rng.below(2) === 0), forMs };
    case 'partition':
      return { kind, group: rng.below(3), forMs };
    case 'badLine':
      return {
        kind,
        ratio: 0.05 + 0.6 * rng.next(),
        what: pick(['loss', 'lostReply', 'duplicate', 'stray'] as const),
        forMs,
      };
    case 'slowLine':
      return { kind, latencyMs: pick([500, 5_000, 20_000]), forMs };
    case 'diskFull':
    case 'diskFails':
      return { kind, node, forMs: Math.min(forMs, 300_000) };
    case 'clockStep':
      return node === CLOUD
        ? { kind, node, stepUs: (rng.next() - 0.5) * 4e6 }
        : { kind, node, stepUs: drawStepUs(rng) };
    case 'clockDrift':
      return { kind, node, rate: 1 + (rng.next() - 0.5) * 4e-4 };
    case 'flood':
      return { kind, node: pick(edges), rows: pick([50, 300, 900]) };
    case 'silence':
      return { kind, node: pick(edges), forMs };
    case 'maintenance':
      return { kind, node: pick(edges), forMs };
    case 'swapModel':
      return { kind, sensorType: pick(typesOf(config)), variant: rng.below(VARIANTS) };
    case 'rollBackModel':
      return { kind, sensorType: pick(typesOf(config)) };
  }
}

function typesOf({ agents }: SimConfig): SyntheticType[] {
  return [...new Set(agents.flatMap(({ sensors }) => sensors.map(({ type }) => type)))];
}

/** Milliseconds, minutes, to 1970, to 2036. */
function drawStepUs(rng: Rng): number {
  const sign = rng.below(2) === 0 ? 1 : -1;
  switch (rng.below(4)) {
    case 0:
      return sign * rng.below(900_000);
    case 1:
      return sign * rng.below(600_000_000);
    case 2:
      return -56 * YEAR_US;
    default:
      return 10 * YEAR_US;
  }
}

/** @returns the fault in one line */
export function describeFault({ id, atMs, ...deed }: Fault): string {
  return `#${id} at ${(atMs / 1000).toFixed(1)} s: ${JSON.stringify(deed)}`;
}
