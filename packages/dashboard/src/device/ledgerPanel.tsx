/** Where the device's readings are: taken, waiting, stored, and every one that is not, by reason (I3). */

import type { LedgerReply } from '@fernsight/wire';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { formatCount } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { faultOf } from '../live/fault.ts';
import { ledgerRows, unaccounted } from './ledger.ts';

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

function Balance({ ledger }: { ledger: LedgerReply }) {
  const open = unaccounted(ledger);
  if (open === undefined) return null;
  return open === 0 ? (
    <span class="chip">All accounted for</span>
  ) : (
    <span class="chip mark">{formatCount(open)} on their way</span>
  );
}
