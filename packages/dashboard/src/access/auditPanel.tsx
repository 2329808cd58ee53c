/** Who changed what, newest first. */
import { useSignal } from '@preact/signals';
import { useCallback } from 'preact/hooks';
import { formatMoment, formatTime } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { from, Pager } from '../frame/pager.tsx';
import { useAnswer } from '../frame/useAnswer.ts';
import { AUDIT_SHOWN } from '../limits.ts';

export function AuditPanel() {
  const { client, nowUs } = usePage();
  const cursor = useSignal<string | undefined>(undefined);
  const before = cursor.value;
  const audit = useAnswer(
    useCallback(
      (signal) => client.call('audit', { query: { limit: AUDIT_SHOWN, ...from(before) }, signal }),
      [client, before],
    ),
  );
  return (
    <section class="panel" aria-labelledby="audit-title" aria-busy={audit.isAsking.value}>
      <div class="panel-head">
        <h2 id="audit-title">Changes</h2>
        <span class="fault small">{audit.fault.value}</span>
        <button type="button" onClick={() => void audit.again()}>
          Refresh
        </button>
      </div>
      <div class="table-place">
        <table>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Who</th>
              <th scope="col">From</th>
              <th scope="col">What</th>
            </tr>
          </thead>
          <tbody>
            {audit.value.value?.rows.map(({ id, tsUs, actor, address, action, subject }) => (
              <tr key={id}>
                <td title={formatMoment(tsUs)}>{formatTime(tsUs, nowUs.peek())}</td>
                <th scope="row">{actor}</th>
                <td>{address}</td>
                <td class="why">
                  {action} {subject}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Pager cursor={cursor} next={audit.value.value?.next} start="Newest" on="Older" />
    </section>
  );
}
