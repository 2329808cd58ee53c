import type { LedgerReply } from '@fernsight/wire';
import { describe, expect, it } from 'vitest';
import { ledgerRows, unaccounted } from './ledger.ts';

const ledger: LedgerReply = {
  device: 'd',
  stored: 90,
  thinned: 0,
  duplicates: 4,
  conflicts: 0,
  expired: 1,
  rejected: 0,
  gone: [{ reason: 'dropped', count: 2 }],
  epochs: [{ epoch: 'e', applied: [[0, 92]], missing: 0 }],
  outboxReadings: 5,
  taken: 100,
};

describe('the ledger', () => {
  it('balances what was taken against where it is', () => {
    expect(unaccounted(ledger)).toBe(2);
    expect(unaccounted({ ...ledger, outboxReadings: 7 })).toBe(0);
  });

  it('has no balance for a device that no agent counts for', () => {
    const { taken: _, ...plain } = ledger;
    expect(unaccounted(plain)).toBeUndefined();
  });

  it('shows what is usually zero only when it is not', () => {
    expect(ledgerRows(ledger).map(({ name, count }) => `${name}: ${count}`)).toEqual([
      'Taken by the agent: 100',
      'Waiting in its outbox: 5',
      'Stored: 90',
      'Sent twice, stored once: 4',
      'Too old, expired: 1',
      'Gone: dropped: 2',
    ]);
  });
});
