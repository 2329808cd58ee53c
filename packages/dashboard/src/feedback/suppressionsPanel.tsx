/** What was called no anomaly and is quiet since: what it looked like, when it holds, how often it met. Each can be taken back. */
import type { Suppression } from '@fernsight/wire';
import { useCallback } from 'preact/hooks';
import { may } from '../access/session.ts';
import { type Deed, useDeed } from '../access/useDeed.ts';
import { KindSign } from '../anomalies/kindSign.tsx';
import { isKind, KINDS } from '../anomalies/kinds.ts';
import { around } from '../device/range.ts';
import { sensorWords } from '../device/reasonList.tsx';
import { formatAddress } from '../frame/address.ts';
import { formatAge, formatCount, formatMoment, formatTime } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { useAnswer } from '../frame/useAnswer.ts';
import { useFollow } from '../frame/useFollow.ts';
import { holdsWords } from './words.ts';

const REFRESH_MS = 15_000;

interface SuppressionsPanelProps {
  /** empty: of every device */
  readonly device: string;
  /** changes with what was said of verdicts: then the list is asked for again */
  readonly givenCount: number;
}

export function SuppressionsPanel({ device, givenCount }: SuppressionsPanelProps) {
  const { client } = usePage();
  const answer = useAnswer(
    useCallback(
      (signal) => {
        const query = device === '' ? {} : { device };
        return client.call('suppressions', { query, signal });
      },
      [client, device, givenCount],
    ),
  );
  useFollow(answer.again, REFRESH_MS);
  const deed = useDeed(answer.again);
  const rows = answer.value.value?.suppressions ?? [];
  if (rows.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="quiet-title">
      <div class="panel-head">
        <h2 id="quiet-title">Not an anomaly: kept quiet</h2>
        <span class="fault small" role="alert">
          {deed.fault.value || answer.fault.value}
        </span>
      </div>
      <div class="table-place">
        <table>
          <thead>
            <tr>
              <th scope="col">Device</th>
              <th scope="col">Sensor</th>
              <th scope="col">Kind</th>
              <th scope="col">Like this one</th>
              <th scope="col">Holds</th>
              <th scope="col" class="number">
                Met
              </th>
              <th scope="col">By</th>
              <th scope="col">
                <span class="hidden">Take back</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <SuppressionRow key={row.id} row={row} deed={deed} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function SuppressionRow({ row, deed }: { row: Suppression; deed: Deed }) {
  const page = usePage();
  const { id, device, tsUs, kind, sentence, recurrence, by, givenUs, count, lastUs } = row;
  const nowUs = page.nowUs.value;
  return (
    <tr>
      <th scope="row">
        <a href={formatAddress({ page: 'device', device, range: around(tsUs) })}>{device}</a>
      </th>
      <td>{sensorWords(row)}</td>
      <td>
        <span class="chip">
          <KindSign kind={kind} />
          {isKind(kind) ? KINDS[kind].word : 'Unusual'}
        </span>
      </td>
      <td class="why">{sentence}</td>
      <td>{holdsWords(recurrence)}</td>
      <td class="number" title={lastUs === null ? '' : `last ${formatMoment(lastUs)}`}>
        {count === 0 ? 'never' : formatCount(count)}
        {lastUs !== null && <span class="soft"> {formatAge(nowUs - lastUs)}</span>}
      </td>
      <td title={formatMoment(givenUs)}>
        {by}, {formatTime(givenUs, page.nowUs.peek())}
      </td>
      <td class="number">
        {may(page, 'operator') && (
          <button
            type="button"
            onClick={() => {
              const params = { suppression: String(id) };
              void deed.run(() => page.client.call('removeSuppression', { params }));
            }}
          >
            Take back
          </button>
        )}
      </td>
    </tr>
  );
}
