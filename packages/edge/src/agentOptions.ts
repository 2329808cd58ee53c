/** What an agent is made from. Everything but the device's name and the outbox's path has a default. */
import {
  type Clock,
  type Log,
  type Probe,
  type Rng,
  type SensorCard,
  silentLog,
  systemClock,
  UsageFault,
} from '@fernsight/base';
import type { Verdict } from '@fernsight/detect';
import type { DeviceCard } from '@fernsight/wire/agent';
import { Cards } from './detect/cards.ts';
import type { AtBound } from './outbox/bound.ts';
import type { OpenOptions } from './outbox/openOutbox.ts';
import type { Source, Taken } from './source/source.ts';
import type { Link } from './uplink/link.ts';

export interface AgentOptions {
  /** the agent's own device id */
  readonly device: string;
  /** path of the outbox's SQLite file; its folder is made */
  readonly outbox: string;
  readonly sources?: readonly Source[] | undefined;
  /** what is known of the agent's own sensors */
  readonly sensors?: readonly SensorCard[] | undefined;
  readonly name?: string | undefined;
  readonly site?: string | undefined;
  /** devices behind the agent that are known beforehand; others are announced at their first reading */
  readonly children?: readonly DeviceCard[] | undefined;
  /** the way to the cloud; absent: the agent works offline, for ever */
  readonly link?: Link | undefined;
  readonly clock?: Clock | undefined;
  readonly rng?: Rng | undefined;
  readonly log?: Log | undefined;
  /** another after each start of the machine; default: the kernel's */
  readonly bootId?: string | undefined;
  /** what a simulation lends; absent in production */
  readonly probe?: Probe | undefined;
  /** default 1 s: a kill loses at most this much of a source that cannot repeat */
  readonly commitIntervalMs?: number | undefined;
  /** default 10 s: a power cut loses at most this much */
  readonly syncIntervalMs?: number | undefined;
  /** default 5 s: how often waiting readings are sent; an anomaly goes at once */
  readonly sendIntervalMs?: number | undefined;
  /** default 5 min: length of a window summary */
  readonly windowMs?: number | undefined;
  /** default 512 MB or a tenth of the volume, whichever is less */
  readonly outboxBytesMax?: number | undefined;
  /** default `thin` */
  readonly atBound?: AtBound | undefined;
  /** false alarms allowed a week and series */
  readonly budgetPerWeek?: number | undefined;
  /** the device's fixed offset from UTC, for the time of day */
  readonly utcOffsetMinutes?: number | undefined;
  /** the cloud's key for models, DER in base64, as it was at enrolment; absent: the first one it shows is trusted */
  readonly modelKey?: string | undefined;
  /** called after each judgement; the verdict is reused: copy what you keep */
  readonly onVerdict?:
    | ((reading: SeenReading, verdict: Verdict, label: Taken['label']) => void)
    | undefined;
}

/** A reading as the agent keeps it. */
export interface SeenReading {
  readonly device: string;
  readonly sensor: string;
  readonly tsUs: number;
  readonly value: number;
  /** taken in maintenance: judged, and not learnt */
  readonly unlearnt: boolean;
}

/**
 * Two sources of one name would overwrite each other's positions.
 * @throws UsageFault
 */
export function checkNames({ sources = [] }: AgentOptions): void {
  const names = sources.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new UsageFault(`two sources are called ${JSON.stringify(twice)}`, {
    op: 'agent.sources',
    hint: 'give each a name of its own, and the same one after a restart',
  });
}

/** @returns what the options and the sources know of devices and their sensors */
export function cardsOf(options: AgentOptions): Cards {
  const { device, name, site, sensors = [], children = [] } = options;
  const cards = new Cards({
    device,
    ...(name === undefined ? {} : { name }),
    ...(site === undefined ? {} : { site }),
    sensors: [...sensors],
  });
  for (const source of options.sources ?? []) {
    if (source.sensors !== undefined) cards.add({ device, sensors: [...source.sensors] });
    for (const child of source.children ?? []) cards.add(child);
  }
  for (const child of children) cards.add(child);
  return cards;
}

/** @returns how the agent's outbox is to be opened */
export function openOptionsOf(options: AgentOptions): OpenOptions {
  const { device: agent, outboxBytesMax: bytesMax, atBound, probe } = options;
  const { clock = systemClock, log = silentLog } = options;
  return { agent, bytesMax, atBound, probe, clock, log };
}
