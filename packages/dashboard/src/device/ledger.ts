/** The ledger in rows that a person reads, and the check that it is whole: what was taken is somewhere (I3). */
import type { LedgerReply } from '@fernsight/wire';

export interface LedgerRow {
  readonly name: string;
  readonly count: number;
  /** readings that are not there and will not come */
  readonly isLoss?: boolean;
}

/** @returns what the ledger says, rows that are usually zero only when they are not */
export function ledgerRows(ledger: LedgerReply): LedgerRow[] {
  const missing = ledger.epochs.reduce((sum, epoch) => sum + epoch.missing, 0);
  const always = [
    ...(ledger.taken === undefined ? [] : [{ name: 'Taken by the agent', count: ledger.taken }]),
    ...(ledger.outboxReadings === undefined
      ? []
      : [{ name: 'Waiting in its outbox', count: ledger.outboxReadings }]),
    { name: 'Stored', count: ledger.stored },
  ];
  const sometimes = [
    { name: 'Kept as minutes', count: ledger.thinned },
    { name: 'Not arrived yet', count: missing },
    { name: 'Sent twice, stored once', count: ledger.duplicates },
    { name: 'In conflict, not stored', count: ledger.conflicts, isLoss: true },
    { name: 'Rejected', count: ledger.rejected, isLoss: true },
    { name: 'Too old, expired', count: ledger.expired, isLoss: true },
    ...ledger.gone.map(({ reason, count }) => ({ name: `Gone: ${reason}`, count, isLoss: true })),
  ];
  return [...always, ...sometimes.filter(({ count }) => count > 0)];
}

/** @returns readings taken that are neither stored, waiting nor counted as gone; undefined where nobody counts them */
export function unaccounted(ledger: LedgerReply): number | undefined {
  if (ledger.taken === undefined) return undefined;
  const gone = ledger.gone.reduce((sum, { count }) => sum + count, 0);
  const known =
    ledger.stored + ledger.thinned + (ledger.outboxReadings ?? 0) + ledger.expired + gone;
  return Math.max(0, ledger.taken - known - ledger.rejected);
}
