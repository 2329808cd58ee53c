/** Where the device's readings are: taken, waiting, stored, and every one that is not, by reason (I3). */

import type { LedgerReply } from '@fernsight/wire';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { formatCount } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { faultOf } from '../live/fault.ts';

const REFRESH_MS = 10_000;

export function LedgerPanel({ device }: { device: string }) {
  const page = usePage();
  const ledger = useSignal<LedgerReply | undefined>(undefined);
  const fault = useSignal('');
  useEffect(() => {
    const gone = new AbortController();
    const follow = async () => {
      while (!gone.signal.aborted) {
        try {
          const input = { params: { device }, signal: gone.signal };
          ledger.value = await page.client.call('ledger', input);
          fault.value = '';
        } catch (error) {
          if (!gone.signal.aborted) fault.value = faultOf(error);
        }
        await page.machine.sleep(REFRESH_MS, gone.signal);
      }
    };
    void follow();
    return () => gone.abort();
  }, [device, page, ledger, fault]);
  return (
    <section class="ledger panel" aria-labelledby="ledger-title">
      <div class="panel-head">
        <h2 id="ledger-title">Ledger</h2>
        {ledger.value && <Balance ledger={ledger.value} />}
      </div>
      {ledger.value ? (
        <dl>
          {ledgerRows(ledger.value).map(({ name, count, isLoss }) => (
            <div key={name} class={isLoss && count > 0 ? 'loss' : ''}>
              <dt>{name}</dt>
              <dd>{formatCount(count)}</dd>
            </div>
          ))}
        </dl>
      ) : (
        <p class="soft small quiet-note">{fault.value || 'Asking the server'}</p>
      )}
    </section>
  );
}

interface LedgerRow {
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

function Balance({ ledger }: { ledger: LedgerReply }) {
  const open = unaccounted(ledger);
  if (open === undefined) return null;
  return open === 0 ? (
    <span class="chip">All accounted for</span>
  ) : (
    <span class="chip mark">{formatCount(open)} on their way</span>
  );
}
