/**
 * What a seed draws before anything happens: how many of what, how fast, within which bounds. Swarm: each feature is on
 * or off by the toss of a coin, so that no history has all of them and each pair meets in some.
 */
import type { Rng } from '@fernsight/base';
import type { Settings } from '@fernsight/cloud';
import type { AtBound, SyntheticType } from '@fernsight/edge';
import { AT_BOUND, SYNTHETIC_TYPES } from '@fernsight/edge';

export interface ClockConfig {
  readonly offsetUs: number;
  readonly rate: number;
}

export interface AgentConfig {
  readonly name: string;
  /** partitions part groups from the cloud */
  readonly group: number;
  /** stamped by the agent and gone when lost, or stamped beforehand and read again */
  readonly source: 'polled' | 'repeatable';
  readonly intervalMs: number;
  readonly sensors: readonly { readonly sensor: string; readonly type: SyntheticType }[];
  /** a device behind the agent, with the same sensors */
  readonly child: string | undefined;
  readonly commitIntervalMs: number;
  readonly syncIntervalMs: number;
  readonly sendIntervalMs: number;
  readonly windowMs: number;
  readonly outboxBytesMax: number;
  readonly atBound: AtBound;
  /** longest time of a sync */
  readonly syncMs: number;
  readonly clock: ClockConfig;
}

export interface PlainConfig {
  readonly name: string;
  readonly group: number;
  readonly intervalMs: number;
  readonly sensors: readonly { readonly sensor: string; readonly type: SyntheticType }[];
  readonly format: 'rows' | 'columns';
  /** its own; or none, and a key by which a request is told that comes again */
  readonly stamps: 'own' | 'receipt';
  /** readings gathered in one request */
  readonly rowsPerRequest: number;
  /** shares of requests with a reading of the past, of the far future, and with another value at a known stamp */
  readonly lateRatio: number;
  readonly futureRatio: number;
  readonly conflictRatio: number;
  readonly clock: ClockConfig;
}

export interface NetworkConfig {
  readonly latencyMs: number;
  readonly jitterMs: number;
  readonly lossRatio: number;
  readonly lostReplyRatio: number;
  readonly duplicateRatio: number;
  /** share of requests that arrive long after the sender has given up */
  readonly strayRatio: number;
}

export interface SimConfig {
  readonly seed: number;
  readonly hours: number;
  readonly pace: number;
  readonly agents: readonly AgentConfig[];
  readonly plains: readonly PlainConfig[];
  readonly network: NetworkConfig;
  readonly settings: Partial<Settings>;
  /** longest time that the store works on one turn */
  readonly storeMs: number;
  readonly cloudClock: ClockConfig;
}

export interface Wanted {
  readonly seed: number;
  readonly hours: number;
  /** default: drawn, 1 to 6 */
  readonly agents?: number | undefined;
  /** how many times slower everything reads and sends: a reading each 1 to 5 s at 1. Default 1, of more than two hours 12 */
  readonly pace?: number | undefined;
  /** in place of what the seed draws */
  readonly settings?: Partial<Settings> | undefined;
}

const US_PER_SECOND = 1e6;
const GROUPS = 3;
/** A simulation longer than this reads slower sensors: days are searched for what days bring. */
const FAST_HOURS_MAX = 2;
const SLOW_PACE = 12;
/** So that retention has something to delete within two minutes. */
const A_MINUTE_DAYS = 1 / 1440;

export function drawConfig({ seed, hours, agents, ...wanted }: Wanted, rng: Rng): SimConfig {
  const draw = new Draw(rng.fork('config'));
  const pace = wanted.pace ?? (hours <= FAST_HOURS_MAX ? 1 : SLOW_PACE);
  const upkeep = new Draw(rng.fork('upkeep'));
  const agentCount = agents ?? draw.within(1, 6);
  const plainCount = draw.coin() ? draw.within(1, Math.max(1, Math.ceil(agentCount / 4))) : 0;
  const network: NetworkConfig = {
    latencyMs: draw.pick([1, 20, 200]),
    jitterMs: draw.pick([0, 5, 500]),
    lossRatio: draw.maybe(0.05),
    lostReplyRatio: draw.maybe(0.05),
    duplicateRatio: draw.maybe(0.05),
    strayRatio: draw.maybe(0.02),
  };
  return {
    seed,
    hours,
    pace,
    agents: Array.from({ length: agentCount }, (_, index) => drawAgent(draw, index, pace)),
    plains: Array.from({ length: plainCount }, (_, index) => {
      const plain = drawPlain(draw, index, pace);
      const stamps = upkeep.pick(['own', 'own', 'receipt'] as const);
      // columns have stamps
      return { ...plain, stamps, format: stamps === 'own' ? plain.format : 'rows' };
    }),
    network,
    settings: {
      offlineAfterMs: draw.pick([15_000, 60_000, 300_000]) * pace,
      pruneAfterMs: draw.pick([60_000 * pace, 600_000 * pace, 86_400_000]),
      pruneDeletes: upkeep.coin(),
      rawRetentionDays:
        hours <= FAST_HOURS_MAX ? upkeep.pick([30, 30, 30, A_MINUTE_DAYS]) : draw.pick([1, 2, 30]),
      minuteRetentionDays: draw.pick([3, 365]),
      storeBytesMax: 1e12,
      ...wanted.settings,
    },
    storeMs: draw.pick([0, 5, 40]),
    cloudClock: { offsetUs: draw.maybe(2) * US_PER_SECOND, rate: 1 + draw.maybe(1e-4) },
  };
}

function drawAgent(draw: Draw, index: number, pace: number): AgentConfig {
  const name = `agent-${index + 1}`;
  const syncIntervalMs = draw.pick([2_000, 10_000]) * pace;
  return {
    name,
    group: index % GROUPS,
    source: draw.coin() ? 'polled' : 'repeatable',
    intervalMs: draw.pick([1_000, 2_000, 5_000]) * pace,
    sensors: drawSensors(draw, draw.within(1, 3)),
    child: draw.within(1, 4) === 1 ? `${name}-child` : undefined,
    commitIntervalMs: draw.pick([500, 1_000, 2_000]) * pace,
    syncIntervalMs,
    sendIntervalMs: draw.pick([2_000, 5_000]) * pace,
    windowMs: draw.pick([20_000, 60_000, 300_000]) * pace,
    outboxBytesMax: draw.pick([512 * 1024, 8 * 1024 * 1024]),
    atBound: draw.pick(AT_BOUND),
    syncMs: draw.pick([1, 30, 800]),
    clock: drawClock(draw),
  };
}

function drawPlain(draw: Draw, index: number, pace: number): Omit<PlainConfig, 'stamps'> {
  return {
    name: `plain-${index + 1}`,
    group: index % GROUPS,
    intervalMs: draw.pick([1_000, 5_000]) * pace,
    sensors: drawSensors(draw, draw.within(1, 3)),
    format: draw.coin() ? 'rows' : 'columns',
    rowsPerRequest: draw.pick([1, 4]),
    lateRatio: draw.maybe(0.1),
    futureRatio: draw.maybe(0.1),
    conflictRatio: draw.maybe(0.1),
    clock: { offsetUs: draw.maybe(3600) * US_PER_SECOND * -1, rate: 1 },
  };
}

function drawSensors(draw: Draw, count: number): AgentConfig['sensors'] {
  return Array.from({ length: count }, (_, index) => ({
    sensor: `s${index + 1}`,
    type: draw.pick(SYNTHETIC_TYPES),
  }));
}

/** Right, or off by up to a minute; crystals are off by up to 100 parts in a million. */
function drawClock(draw: Draw): ClockConfig {
  const sign = draw.coin() ? 1 : -1;
  return { offsetUs: sign * draw.maybe(60) * US_PER_SECOND, rate: 1 + sign * draw.maybe(1e-4) };
}

class Draw {
  readonly #rng: Rng;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  coin(): boolean {
    return this.#rng.next() < 0.5;
  }

  pick<T>(items: readonly [T, ...T[]] | readonly T[]): T {
    return items[this.#rng.below(items.length)] as T;
  }

  within(low: number, high: number): number {
    return low + this.#rng.below(high - low + 1);
  }

  /** 0 half of the time, else up to `most` */
  maybe(most: number): number {
    return this.coin() ? 0 : this.#rng.next() * most;
  }
}
