/** What people are told: open incidents first, with who is on it; operators acknowledge, mute and plan maintenance. */
import type { Incident } from '@fernsight/wire';
import { useSignal, useSignalEffect } from '@preact/signals';
import { useCallback } from 'preact/hooks';
import { may } from '../access/session.ts';
import { type Deed, useDeed } from '../access/useDeed.ts';
import { around, LAST_HOUR } from '../device/range.ts';
import { FeedbackChoice } from '../feedback/feedbackChoice.tsx';
import { formatAddress } from '../frame/address.ts';
import { DeedChoice } from '../frame/deedChoice.tsx';
import { formatMoment, formatTime } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { from, Pager } from '../frame/pager.tsx';
import { Segments } from '../frame/segments.tsx';
import { useAnswer } from '../frame/useAnswer.ts';
import { useFollow } from '../frame/useFollow.ts';
import { INCIDENTS_SHOWN } from '../limits.ts';
import { causeWords, incidentStanding, MUTES } from './incident.ts';
import { MaintenancePanel } from './maintenancePanel.tsx';

/** Silence opens incidents without an anomaly on the live line. */
const REFRESH_MS = 15_000;
const CHOICES = [
  { value: 'open', words: 'Open' },
  { value: 'all', words: 'All' },
] as const;

export function IncidentsPage() {
  const page = usePage();
  const { client } = page;
  const which = useSignal<'open' | 'all'>('open');
  const isOpenOnly = which.value === 'open';
  const cursor = useSignal<string | undefined>(undefined);
  const before = cursor.value;
  const incidents = useAnswer(
    useCallback(
      (signal) => {
        const filter = isOpenOnly ? { open: true } : {};
        const query = { limit: INCIDENTS_SHOWN, ...filter, ...from(before) };
        return client.call('incidents', { query, signal });
      },
      [client, isOpenOnly, before],
    ),
  );
  const deed = useDeed(incidents.again);
  useSignalEffect(() => {
    if (page.news.value.length > 0) void incidents.again();
  });
  useFollow(incidents.again, REFRESH_MS);
  const rows = incidents.value.value?.incidents;
  return (
    <div class="anomalies">
      <h1>Incidents</h1>
      <div class="controls">
        <Segments
          label="Which"
          choices={CHOICES}
          chosen={which.value}
          onChoose={(choice) => {
            which.value = choice;
            cursor.value = undefined;
          }}
        />
        <span class="fault small" role="alert">
          {deed.fault.value || incidents.fault.value}
        </span>
      </div>
      {rows !== undefined && rows.length > 0 ? (
        <IncidentTable rows={rows} deed={deed} />
      ) : (
        <p class="panel notice">
          {rows === undefined
            ? 'Asking the server'
            : isOpenOnly
              ? 'Nothing is open: no alarm stands, and every device is heard.'
              : 'There has been no incident.'}
        </p>
      )}
      <Pager cursor={cursor} next={incidents.value.value?.next} start="Newest" on="Older" />
      {!incidents.isAsking.value && <MaintenancePanel onChange={incidents.again} />}
    </div>
  );
}

function IncidentTable({ rows, deed }: { rows: readonly Incident[]; deed: Deed }) {
  return (
    <div class="panel table-place values">
      <table>
        <thead>
          <tr>
            <th scope="col">Since</th>
            <th scope="col">State</th>
            <th scope="col">Device</th>
            <th scope="col">Cause</th>
            <th scope="col">Reason</th>
            <th scope="col">
              <span class="hidden">Acknowledge, mute</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((incident) => (
            <IncidentRow key={incident.id} incident={incident} deed={deed} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function IncidentRow({ incident, deed }: { incident: Incident; deed: Deed }) {
  const page = usePage();
  const { device, openedUs, closedUs, sentence } = incident;
  const { tone, words } = incidentStanding(incident, page.nowUs.value);
  const range = closedUs === null ? LAST_HOUR : around(openedUs);
  return (
    <tr>
      <td title={formatMoment(openedUs)}>
        <a href={formatAddress({ page: 'device', device, range })}>
          {formatTime(openedUs, page.nowUs.peek())}
        </a>
      </td>
      <td>
        <span class={`chip ${tone}`}>{words}</span>
      </td>
      <th scope="row">
        <a class="plain-link" href={formatAddress({ page: 'device', device, range: LAST_HOUR })}>
          {device}
        </a>
      </th>
      <td>{causeWords(incident)}</td>
      <td class="why">{sentence}</td>
      <td class="number">{may(page, 'operator') && <Acts incident={incident} deed={deed} />}</td>
    </tr>
  );
}

function Acts({ incident, deed }: { incident: Incident; deed: Deed }) {
  const page = usePage();
  const params = { incident: String(incident.id) };
  const isOpen = incident.closedUs === null;
  const mute = (us: number) => {
    const body = { untilUs: Math.round(page.nowUs.peek() + us) };
    return deed.run(() => page.client.call('mute', { params, body }));
  };
  return (
    <span class="acts">
      {isOpen && incident.acknowledgedBy === null && (
        <button
          type="button"
          onClick={() => void deed.run(() => page.client.call('acknowledge', { params }))}
        >
          Acknowledge
        </button>
      )}
      {incident.cause !== 'silent' && (
        <FeedbackChoice
          words={`The incident of ${incident.device}`}
          subject={{ incident: incident.id }}
          onGive={(body) => deed.run(() => page.client.call('giveFeedback', { body }))}
        />
      )}
      {isOpen && <MuteChoice device={incident.device} onMute={mute} />}
    </span>
  );
}

interface MuteChoiceProps {
  readonly device: string;
  /** @param us how long */
  readonly onMute: (us: number) => Promise<unknown>;
}

function MuteChoice({ device, onMute }: MuteChoiceProps) {
  return (
    <DeedChoice
      label={`Mute the incident of ${device}`}
      unchosen="Mute"
      deed="Mute"
      onDo={(choice) => onMute(MUTES.find(({ words }) => words === choice)?.us ?? 0)}
    >
      {MUTES.map(({ words }) => (
        <option key={words}>{words}</option>
      ))}
    </DeedChoice>
  );
}
