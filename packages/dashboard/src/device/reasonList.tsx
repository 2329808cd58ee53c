/** The alarms of the range, every marked reading, or what is kept quiet, each with its reason; a click goes to the moment. */
import type { Anomaly, GiveFeedback } from '@fernsight/wire';
import { useDeed } from '../access/useDeed.ts';
import { type AnomalyView, VIEWS } from '../anomalies/anomalyFilter.ts';
import { type AnomalyList, anomalyKey } from '../anomalies/anomalyList.ts';
import { FeedbackChoice } from '../feedback/feedbackChoice.tsx';
import { formatMoment, formatTime } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { Segments } from '../frame/segments.tsx';
import { Reason } from './reason.tsx';

interface ReasonListProps {
  readonly list: AnomalyList;
  readonly view: AnomalyView;
  /** whether it is the one that the viewer came for */
  readonly isChosen: (anomaly: Anomaly) => boolean;
  readonly onView: (view: AnomalyView) => void;
  /** something was said of a verdict */
  readonly onGiven: () => void;
  readonly onChoose: (anomaly: Anomaly) => void;
}

export function ReasonList(props: ReasonListProps) {
  const { list, view, isChosen, onView, onGiven, onChoose } = props;
  const page = usePage();
  const rows = list.rows.value;
  const deed = useDeed(async () => onGiven());
  const give = (anomaly: Anomaly, feedback: GiveFeedback) =>
    deed
      .run(() => page.client.call('giveFeedback', { body: feedback }))
      .then((fault) => fault === '' && list.label(anomaly, feedback.label));
  return (
    <section class="reasons panel" aria-labelledby="reasons-title">
      <div class="panel-head">
        <h2 id="reasons-title">What happened</h2>
        <Segments label="Which" choices={VIEWS} chosen={view} onChoose={onView} />
      </div>
      {deed.fault.value !== '' && (
        <p class="fault small quiet-note" role="alert">
          {deed.fault.value}
        </p>
      )}
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
              aria-current={isChosen(anomaly) ? 'true' : undefined}
              onClick={() => onChoose(anomaly)}
            >
              <span class="soft small" title={formatMoment(anomaly.tsUs)}>
                {formatTime(anomaly.tsUs, page.nowUs.peek())} · {sensorWords(anomaly)}
              </span>
              <Reason anomaly={anomaly} />
            </button>
            <span class="reason-acts">
              <FeedbackChoice
                words={sensorWords(anomaly)}
                subject={{ device: anomaly.device, sensor: anomaly.sensor, tsUs: anomaly.tsUs }}
                label={anomaly.label}
                onGive={(feedback) => give(anomaly, feedback)}
              />
            </span>
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

export function sensorWords({ sensor }: Pick<Anomaly, 'sensor'>): string {
  return sensor === '@joint' ? 'sensors together' : sensor;
}
