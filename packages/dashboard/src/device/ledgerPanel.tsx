/** Where the device's readings are: taken, waiting, stored, and every one that is not, by reason (I3). */

import type { LedgerReply } from '@fernsight/wire';
import { useCallback } from 'preact/hooks';
import { formatCount } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { useAnswer } from '../frame/useAnswer.ts';
import { useFollow } from '../frame/useFollow.ts';
import { ledgerRows, unaccounted } from './ledger.ts';

const REFRESH_MS = 10_000;

export function LedgerPanel({ device }: { device: string }) {
  const { client } = usePage();
  const ledger = useAnswer(
    useCallback(
      (signal) => client.call('ledger', { params: { device }, signal }),
      [client, device],
    ),
  );
  useFollow(ledger.again, REFRESH_MS);
  return (
    <section class="ledger panel" aria-labelledby="ledger-title">
      <div class="panel-head">
        <h2 id="ledger-title">Ledger</h2>
        {ledger.value.value && <Balance ledger={ledger.value.value} />}
      </div>
      {ledger.value.value ? (
        <dl>
          {ledgerRows(ledger.value.value).map(({ name, count, isLoss }) => (
            <div key={name} class={isLoss && count > 0 ? 'loss' : ''}>
              <dt>{name}</dt>
              <dd>{formatCount(count)}</dd>
            </div>
          ))}
        </dl>
      ) : (
        <p class="soft small quiet-note">{ledger.fault.value || 'Asking the server'}</p>
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
