/** What the outbox keeps as JSON in its `state` rows, parsed as strictly as it was written. */
import { Fault } from '@fernsight/base';

/** The agent's half of the ledger (I3): taken = waiting + the sum of these, less `next`. */
export interface OutboxCounts {
  /** index of the next reading: all that were ever taken */
  next: number;
  /** acknowledged by the cloud, as readings */
  delivered: number;
  /** turned into minutes at the bound */
  thinned: number;
  /** given up at the bound */
  dropped: number;
  /** refused by the cloud */
  rejected: number;
  /** in rows that could not be read any more */
  lost: number;
  /** window summaries, which are no readings, given up for want of room */
  summariesDropped: number;
}

const COUNT_NAMES = [
  'next',
  'delivered',
  'thinned',
  'dropped',
  'rejected',
  'lost',
  'summariesDropped',
] as const;

/** @param text absent in a new outbox. @throws Fault */
export function parseCounts(text: string | undefined): OutboxCounts {
  const fields = fieldsOf(text ?? '{}');
  const counts = {
    next: 0,
    delivered: 0,
    thinned: 0,
    dropped: 0,
    rejected: 0,
    lost: 0,
    summariesDropped: 0,
  };
  for (const name of COUNT_NAMES) counts[name] = numberOf(fields, name, 0);
  return counts;
}

/** Keys of the state rows that belong to devices. */
export const DEVICE_KEY = 'device/';

/** What is kept of a device beside its readings. */
export interface DeviceState {
  /** index of its first reading; Infinity, kept as null, where it has none yet */
  since: number;
  /** readings taken, and things that were none */
  taken: number;
  invalid: number;
  /** the open summary window */
  window: OpenWindow | undefined;
}

/** Scores are summed in steps of 1/65535, so that the sum is exact in any order. */
export interface OpenWindow {
  startUs: number;
  count: number;
  anomalies: number;
  sumSteps: number;
  minSteps: number;
  maxSteps: number;
}

/** @throws Fault */
export function parseDeviceState(text: string): DeviceState {
  const fields = fieldsOf(text);
  const window = fields.window;
  return {
    since: numberOf(fields, 'since', Number.POSITIVE_INFINITY),
    taken: numberOf(fields, 'taken', 0),
    invalid: numberOf(fields, 'invalid', 0),
    window: window === undefined ? undefined : parseWindow(asFields(window)),
  };
}

function parseWindow(fields: Fields): OpenWindow {
  return {
    startUs: numberOf(fields, 'startUs'),
    count: numberOf(fields, 'count'),
    anomalies: numberOf(fields, 'anomalies'),
    sumSteps: numberOf(fields, 'sumSteps'),
    minSteps: numberOf(fields, 'minSteps'),
    maxSteps: numberOf(fields, 'maxSteps'),
  };
}

export type Fields = Readonly<Record<string, unknown>>;

/** @throws Fault */
export function fieldsOf(text: string): Fields {
  return asFields(JSON.parse(text));
}

function asFields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) damaged('object');
  return value as Fields;
}

/** @throws Fault */
export function numberOf(fields: Fields, name: string, otherwise?: number): number {
  const value = fields[name] ?? otherwise;
  if (typeof value !== 'number') damaged(name);
  return value;
}

function damaged(name: string): never {
  throw new Fault(`the outbox's state is damaged: ${name}`, { op: 'outbox.read' });
}
