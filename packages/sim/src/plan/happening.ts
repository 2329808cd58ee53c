/**
 * What happened to a world, by kind: a fault that is drawn may find nobody there, so that what counts is what came of
 * it. `npm test` wants each of these at least once over its histories.
 */
import type { CrashPoint } from '@fernsight/base';
import type { Fault } from './fault.ts';

/** Points at which an agent, and a cloud, is ended. */
export const AGENT_POINTS = [
  'outbox.written',
  'outbox.committed',
  'outbox.syncing',
  'outbox.synced',
  'outbox.epochBegun',
  'model.heard',
  'model.decided',
  'uplink.sending',
  'uplink.answered',
  'uplink.acknowledged',
] as const satisfies readonly CrashPoint[];
export const CLOUD_POINTS = [
  'ingest.judged',
  'journal.written',
  'journal.committed',
  'snapshot.taken',
  'compaction.written',
  'compaction.committed',
  'journal.cut',
  'store.folded',
  'store.pruned',
  'store.buried',
  'store.replayed',
] as const satisfies readonly CrashPoint[];

const crashAt = <P extends CrashPoint>(point: P) => `crash at ${point}` as const;

export const HAPPENINGS = [
  // to requests and their answers
  'slow line',
  'loss',
  'duplicate',
  'stray',
  'reordering',
  'cut',
  'half-open line',
  'partition',
  'lost reply',
  'key sent again',
  // to processes and machines
  ...AGENT_POINTS.map(crashAt),
  ...CLOUD_POINTS.map(crashAt),
  'kill of an agent',
  'kill of the cloud',
  'power cut of an agent',
  'power cut of the cloud',
  'full disk of an agent',
  'full disk of the cloud',
  'failing sync',
  'clock skew',
  'clock drift',
  'clock step',
  'clock step to 1970',
  'clock step to 2036',
  // to what is measured, and to what judges it
  'flood',
  'silence',
  'return',
  'model swap',
  'model rollback',
  'changeover in the cloud',
  'maintenance of an agent',
  'maintenance of a plain device',
  // what the cloud does meanwhile
  'device pruned from view',
  'history pruned',
  'retention',
] as const;

export type Happening = (typeof HAPPENINGS)[number];

const DAYS_100_US = 100 * 86_400e6;

/** @returns what a step of a clock is called */
export function stepKind({ stepUs }: Extract<Fault, { kind: 'clockStep' }>): Happening {
  if (stepUs > DAYS_100_US) return 'clock step to 2036';
  return stepUs < -DAYS_100_US ? 'clock step to 1970' : 'clock step';
}
