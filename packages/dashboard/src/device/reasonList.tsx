/** The alarms of the range, or every marked reading, each with its reason; a click goes to the moment. */
import type { Anomaly } from '@fernsight/wire';
import { type AnomalyList, anomalyKey } from '../anomalies/anomalyList.ts';
import { formatMoment, formatTime } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { Segments } from '../frame/segments.tsx';
import { Reason } from './reason.tsx';

const CHOICES = [
  { value: 'alarms', words: 'Alarms' },
  { value: 'marks', words: 'All marks' },
] as const;

interface ReasonListProps {
  readonly list: AnomalyList;
  readonly allMarks: boolean;
  readonly chosen: string | undefined;
  readonly onAllMarks: (allMarks: boolean) => void;
  readonly onChoose: (anomaly: Anomaly) => void;
}

export function ReasonList({ list, allMarks, chosen, onAllMarks, onChoose }: ReasonListProps) {
  const page = usePage();
  const rows = list.rows.value;
  return (
    <section class="reasons panel" aria-labelledby="reasons-title">
      <div class="panel-head">
        <h2 id="reasons-title">What happened</h2>
        <Segments
          label="Which"
          choices={CHOICES}
          chosen={allMarks ? 'marks' : 'alarms'}
          onChoose={(choice) => onAllMarks(choice === 'marks')}
        />
      </div>
      {rows.length === 0 && (
        <p class="soft small quiet-note">
          {list.fault.value ||
            (list.state.value === 'first'
              ? 'Asking the server'
              : 'Nothing unusual in this stretch of time.')}
        </p>
      )}
      <ol>
        {rows.map((anomaly) => (
          <li key={anomalyKey(anomaly)}>
            <button
              type="button"
              class="reason-row"
              aria-current={chosen === anomalyKey(anomaly) ? 'true' : undefined}
              onClick={() => onChoose(anomaly)}
            >
              <span class="soft small" title={formatMoment(anomaly.tsUs)}>
                {formatTime(anomaly.tsUs, page.nowUs.peek())} · {sensorWords(anomaly)}
              </span>
              <Reason anomaly={anomaly} />
            </button>
          </li>
        ))}
      </ol>
      {list.hasMore.value && (
        <p class="more">
          <button type="button" onClick={() => void list.more()}>
            Older
          </button>
        </p>
      )}
    </section>
  );
}

export function sensorWords({ sensor }: Anomaly): string {
  return sensor === '@joint' ? 'sensors together' : sensor;
}
