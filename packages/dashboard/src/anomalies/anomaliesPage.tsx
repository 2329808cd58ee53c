/** Anomalies across the fleet, newest first, with their reasons; each leads to its moment. */

import type { Anomaly, GiveFeedback } from '@fernsight/wire';
import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { useDeed } from '../access/useDeed.ts';
import { JOINT } from '../device/openDevice.ts';
import { around } from '../device/range.ts';
import { Evidence, KindChip } from '../device/reason.tsx';
import { sensorWords } from '../device/reasonList.tsx';
import { FeedbackChoice } from '../feedback/feedbackChoice.tsx';
import { SuppressionsPanel } from '../feedback/suppressionsPanel.tsx';
import { formatAddress } from '../frame/address.ts';
import { formatMoment, formatQuantity, formatScore, formatTime } from '../frame/format.ts';
import { adjust, usePage } from '../frame/page.ts';
import { Segments } from '../frame/segments.tsx';
import { ALL_ALARMS, type AnomalyFilter, SINCE, VIEWS, wantedBy } from './anomalyFilter.ts';
import { AnomalyList, anomalyKey } from './anomalyList.ts';
import { isKind, KIND_NAMES, KINDS } from './kinds.ts';

export function AnomaliesPage({ filter }: { filter: AnomalyFilter }) {
  const page = usePage();
  const list = useMemo(() => new AnomalyList(page.client), [page]);
  useEffect(() => () => list.close(), [list]);
  useEffect(() => {
    void list.open(wantedBy(filter, page.nowUs.peek()));
  }, [list, filter, page]);
  useSignalEffect(() => {
    if (page.news.value.length > 0) void list.refresh();
  });
  useSignalEffect(() => {
    if (!page.isStale.value) void list.refresh();
  });
  const givenCount = useSignal(0);
  const deed = useDeed(async () => {
    givenCount.value++;
  });
  const give: Give = (anomaly, feedback) =>
    deed
      .run(() => page.client.call('giveFeedback', { body: feedback }))
      .then((fault) => fault === '' && list.label(anomaly, feedback.label));
  return (
    <div class="anomalies">
      <h1>Anomalies</h1>
      <AnomalyFilterBar filter={filter} />
      <p class="fault small" role="alert">
        {deed.fault.value}
      </p>
      <AnomalyTable list={list} filter={filter} onGive={give} />
      <SuppressionsPanel device={filter.device} givenCount={givenCount.value} />
    </div>
  );
}

type Give = (anomaly: Anomaly, feedback: GiveFeedback) => Promise<unknown>;

function AnomalyFilterBar({ filter }: { filter: AnomalyFilter }) {
  const page = usePage();
  const change = (part: Partial<AnomalyFilter>) =>
    adjust(page, { page: 'anomalies', filter: { ...filter, ...part } });
  return (
    <search class="controls">
      <input
        type="search"
        list="device-names"
        aria-label="Device"
        placeholder="Device"
        value={filter.device}
        onChange={(event) => change({ device: event.currentTarget.value.trim() })}
      />
      <datalist id="device-names">
        {[...page.fleet.value.places.keys()].slice(0, 500).map((device) => (
          <option key={device} value={device} />
        ))}
      </datalist>
      <Segments
        label="Which"
        choices={VIEWS}
        chosen={filter.show}
        onChoose={(show) => change({ show })}
      />
      <select
        aria-label="Kind"
        value={filter.kind}
        onChange={(event) => {
          const kind = event.currentTarget.value;
          change({ kind: isKind(kind) ? kind : 'all' });
        }}
      >
        <option value="all">All kinds</option>
        {KIND_NAMES.map((kind) => (
          <option key={kind} value={kind}>
            {KINDS[kind].word}: {KINDS[kind].meaning}
          </option>
        ))}
      </select>
      <select
        aria-label="Since"
        value={String(filter.sinceUs)}
        onChange={(event) => change({ sinceUs: Number(event.currentTarget.value) })}
      >
        <option value="0">Any time</option>
        {SINCE.map(({ us, words }) => (
          <option key={us} value={String(us)}>
            {words}
          </option>
        ))}
      </select>
    </search>
  );
}

interface AnomalyTableProps {
  readonly list: AnomalyList;
  readonly filter: AnomalyFilter;
  readonly onGive: Give;
}

function AnomalyTable({ list, filter, onGive }: AnomalyTableProps) {
  const rows = list.rows.value;
  if (rows.length === 0) return <NoRows list={list} filter={filter} />;
  return (
    <>
      <div class="panel table-place values">
        <table>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Kind</th>
              <th scope="col">Device</th>
              <th scope="col">Sensor</th>
              <th scope="col" class="number">
                Value
              </th>
              <th scope="col" class="number">
                Score
              </th>
              <th scope="col">Reason</th>
              <th scope="col">
                <span class="hidden">Was it real?</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((anomaly) => (
              <AnomalyRow key={anomalyKey(anomaly)} anomaly={anomaly} onGive={onGive} />
            ))}
          </tbody>
        </table>
      </div>
      {list.fault.value && <p class="soft small">{list.fault.value}</p>}
      {list.hasMore.value && (
        <p class="more">
          <button type="button" onClick={() => void list.more()}>
            Older
          </button>
        </p>
      )}
    </>
  );
}

function NoRows({ list, filter }: { list: AnomalyList; filter: AnomalyFilter }) {
  const page = usePage();
  const isFiltered = filter.device !== '' || filter.kind !== 'all' || filter.sinceUs !== 0;
  return (
    <div class="panel notice">
      <p>
        {list.fault.value ||
          (list.state.value === 'first'
            ? 'Asking the server'
            : isFiltered
              ? 'Nothing matches.'
              : filter.show === 'quiet'
                ? 'Nothing was kept quiet. What you call “not an anomaly” is, from then on, together with its like.'
                : 'No alarm so far. Readings that stand out without being alarms are under “All marks”.')}
      </p>
      {isFiltered && (
        <p>
          <button
            type="button"
            onClick={() => adjust(page, { page: 'anomalies', filter: ALL_ALARMS })}
          >
            Show all alarms
          </button>
        </p>
      )}
    </div>
  );
}

function AnomalyRow({ anomaly, onGive }: { anomaly: Anomaly; onGive: Give }) {
  const page = usePage();
  const { device, sensor, tsUs, label } = anomaly;
  const href = formatAddress({ page: 'device', device, range: around(tsUs) });
  return (
    <tr>
      <td title={formatMoment(tsUs)}>
        <a href={href}>{formatTime(tsUs, page.nowUs.peek())}</a>
      </td>
      <td>
        <KindChip anomaly={anomaly} />
      </td>
      <th scope="row">
        <a class="plain-link" href={href}>
          {device}
        </a>
      </th>
      <td>{sensorWords(anomaly)}</td>
      <td class="number">{sensor !== JOINT && formatQuantity(anomaly.value, anomaly.unit)}</td>
      <td class="number" data-words="score">
        {formatScore(anomaly.score)}
      </td>
      <td class="why">
        <span class="reason">
          <span>{anomaly.sentence}</span>
          <Evidence anomaly={anomaly} />
        </span>
      </td>
      <td class="number">
        <FeedbackChoice
          words={`${device}, ${sensorWords(anomaly)}`}
          subject={{ device, sensor, tsUs }}
          label={label}
          onGive={(feedback) => onGive(anomaly, feedback)}
        />
      </td>
    </tr>
  );
}
