/**
 * The ledger of a device: where its readings are (I3), and what its windows add up to. It changes only by events, which
 * are journalled with the readings they belong to, so that a restart counts the same.
 */
import type { Interruptions } from '@fernsight/wire';
import { AGENT_EPOCHS_MAX } from '../limits.ts';
import { addRange, type Range } from './ranges.ts';

export interface Ledger {
  stored: number;
  thinned: number;
  duplicates: number;
  conflicts: number;
  expired: number;
  rejected: number;
  anomalies: number;
  alarms: number;
  gone: Record<string, number>;
  /** applied sequence numbers by epoch, of an agent */
  epochs: Record<string, Range[]>;
  windows: WindowTotals;
  /** as its agent last reported */
  taken?: number;
  outboxReadings?: number;
  agent?: AgentReport;
}

/** How an agent was when it last reported. */
export interface AgentReport {
  readonly reportedUs: number;
  readonly version: string;
  readonly outboxBytes: number;
  readonly oldestUs: number | null;
  /** its clock less ours at the receipt */
  readonly clockAheadUs: number;
  readonly interruptions?: Interruptions;
}

export interface WindowTotals {
  count: number;
  samples: number;
  anomalies: number;
  firstUs?: number;
  lastUs?: number;
}

/** What happened to a device beside readings being stored. `device` is the store's number of it. */
export type LedgerEvent =
  | {
      readonly what: 'duplicates' | 'conflicts' | 'expired' | 'rejected' | 'thinned';
      readonly device: number;
      readonly count: number;
    }
  | {
      readonly what: 'gone';
      readonly device: number;
      readonly reason: string;
      readonly count: number;
    }
  | {
      readonly what: 'applied';
      readonly device: number;
      readonly epoch: string;
      readonly first: number;
      readonly count: number;
    }
  | {
      readonly what: 'window';
      readonly device: number;
      readonly samples: number;
      readonly anomalies: number;
      readonly startUs: number;
      readonly endUs: number;
    }
  | { readonly what: 'taken'; readonly device: number; readonly taken: number }
  | {
      readonly what: 'status';
      readonly device: number;
      readonly outboxReadings: number;
      readonly agent: AgentReport;
    };

export function createLedger(): Ledger {
  return {
    stored: 0,
    thinned: 0,
    duplicates: 0,
    conflicts: 0,
    expired: 0,
    rejected: 0,
    anomalies: 0,
    alarms: 0,
    gone: {},
    epochs: {},
    windows: { count: 0, samples: 0, anomalies: 0 },
  };
}

export function enter(ledger: Ledger, event: LedgerEvent): void {
  switch (event.what) {
    case 'gone':
      ledger.gone[event.reason] = (ledger.gone[event.reason] ?? 0) + event.count;
      return;
    case 'applied':
      addRange(epochOf(ledger, event.epoch), event.first, event.count);
      return;
    case 'window':
      enterWindow(ledger.windows, event);
      return;
    case 'taken':
      ledger.taken = event.taken;
      return;
    case 'status':
      ledger.outboxReadings = event.outboxReadings;
      ledger.agent = event.agent;
      return;
    default:
      ledger[event.what] += event.count;
  }
}

export function enterWindow(
  totals: WindowTotals,
  { samples, anomalies, startUs, endUs }: Omit<LedgerEvent & { what: 'window' }, 'what' | 'device'>,
): void {
  totals.count++;
  totals.samples += samples;
  totals.anomalies += anomalies;
  totals.firstUs = Math.min(totals.firstUs ?? startUs, startUs);
  totals.lastUs = Math.max(totals.lastUs ?? endUs, endUs);
}

/** Epochs sort by the time they began: at the bound the oldest is forgotten. */
function epochOf(ledger: Ledger, epoch: string): Range[] {
  const known = ledger.epochs[epoch];
  if (known !== undefined) return known;
  const fresh: Range[] = [];
  ledger.epochs[epoch] = fresh;
  const epochs = Object.keys(ledger.epochs);
  if (epochs.length > AGENT_EPOCHS_MAX) {
    const oldest = epochs.sort()[0];
    if (oldest !== undefined) delete ledger.epochs[oldest];
  }
  return fresh;
}
