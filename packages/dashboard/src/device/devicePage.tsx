/** One device: how it stands, a chart a sensor, the sensors together, what happened and why, and its ledger. */

import type { Anomaly, FleetDevice, LatestPoint } from '@fernsight/wire';
import { useSignal, useSignalEffect } from '@preact/signals';
import { useCallback, useEffect, useMemo, useRef } from 'preact/hooks';
import type { AnomalyView } from '../anomalies/anomalyFilter.ts';
import { anomalyKey } from '../anomalies/anomalyList.ts';
import { SuppressionsPanel } from '../feedback/suppressionsPanel.tsx';
import { StandingChip } from '../fleet/deviceCard.tsx';
import { ALL_DEVICES } from '../fleet/filter.ts';
import { standing } from '../fleet/fleet.ts';
import { formatAddress } from '../frame/address.ts';
import { formatAge, formatMoment } from '../frame/format.ts';
import { Notice } from '../frame/notice.tsx';
import { adjust, usePage } from '../frame/page.ts';
import { shortcutOf } from '../frame/shortcut.ts';
import { useWidth } from '../frame/useWidth.ts';
import { MaintenanceChip } from '../incidents/maintenanceChip.tsx';
import { STRIPS_MAX } from '../limits.ts';
import { AgentPanel } from './agentPanel.tsx';
import { JointStrips } from './jointStrips.tsx';
import { LazyChart } from './lazyChart.tsx';
import { LedgerPanel } from './ledgerPanel.tsx';
import { JOINT, OpenDevice } from './openDevice.ts';
import { around, LAST_HOUR, pan, type Range, zoom } from './range.ts';
import { RangeBar } from './rangeBar.tsx';
import { ReasonList } from './reasonList.tsx';

export function DevicePage({ device, range }: { device: string; range: Range }) {
  const page = usePage();
  const known = page.fleet.value.devices.get(device);
  if (known === undefined) return <Unknown device={device} />;
  return <KnownDevice device={known} range={range} />;
}

function KnownDevice({ device, range }: { device: FleetDevice; range: Range }) {
  const page = usePage();
  const name = device.device;
  const charts = useRef<HTMLDivElement>(null);
  const width = useWidth(charts);
  const open = useOpenDevice(name, range, width);
  const shownRange = useSignal(range);
  const view = useSignal<AnomalyView>('alarms');
  const givenCount = useSignal(0);
  const chosen = useSignal<string | undefined>(undefined);
  const setRange = useCallback(
    (next: Range) => adjust(page, { page: 'device', device: name, range: next }),
    [page, name],
  );
  useEffect(() => {
    shownRange.value = range;
  }, [range, shownRange]);
  const momentUs = range.kind === 'fixed' ? range.atUs : undefined;
  const isChosen = (anomaly: Anomaly) =>
    chosen.value === undefined ? anomaly.tsUs === momentUs : anomalyKey(anomaly) === chosen.value;
  const choose = (anomaly: Anomaly) => {
    chosen.value = anomalyKey(anomaly);
    setRange(around(anomaly.tsUs));
  };
  const step = (by: 1 | -1) => {
    const next = rowAfter(open.reasons.rows.peek(), isChosen, by);
    if (next !== undefined) choose(next);
  };
  useKeys({ range, setRange, step });
  const rows = device.sensors.slice(0, STRIPS_MAX).map(({ sensor }) => sensor);
  const isJoint = device.sensors.length > 1;
  return (
    <div class="device">
      <DeviceHead device={device} />
      <RangeBar range={range} nowUs={page.nowUs.value} onRange={setRange} />
      <div class="device-body">
        <div class="charts" ref={charts}>
          {isJoint && (
            <JointStrips
              rows={[...rows, JOINT].map((sensor) => ({ sensor, history: open.history(sensor) }))}
              range={shownRange}
              marks={open.marks.rows}
            />
          )}
          {device.sensors.map((point: LatestPoint) => (
            <LazyChart
              key={point.sensor}
              device={name}
              point={point}
              open={open}
              range={shownRange}
              onZoom={setRange}
            />
          ))}
        </div>
        <aside>
          <ReasonList
            list={open.reasons}
            view={view.value}
            isChosen={isChosen}
            onView={(next) => {
              view.value = next;
              void open.showReasons(next);
            }}
            onGiven={() => {
              givenCount.value++;
            }}
            onChoose={choose}
          />
          {device.judge === 'agent' && (
            <AgentPanel agent={device.parent ?? name} isChild={device.parent !== undefined} />
          )}
          <LedgerPanel device={name} />
        </aside>
      </div>
      <SuppressionsPanel device={name} givenCount={givenCount.value} />
    </div>
  );
}

/** The open device, fed by the live line for as long as the page is on it. */
function useOpenDevice(device: string, range: Range, width: number): OpenDevice {
  const page = usePage();
  const open = useMemo(() => new OpenDevice(page, device, range), [page, device]);
  useEffect(() => {
    const gone = new AbortController();
    page.feed.watch(device);
    void open.run(gone.signal);
    return () => {
      gone.abort();
      open.close();
      page.feed.watch(undefined);
    };
  }, [page, device, open]);
  useEffect(() => {
    if (width > 0) void open.show(range, width);
  }, [open, range, width > 0]);
  useSignalEffect(() => {
    if (page.opened.value !== undefined) open.append(page.opened.value);
  });
  useSignalEffect(() => {
    if (page.news.value.some((anomaly) => anomaly.device === device)) void open.refreshAnomalies();
  });
  useSignalEffect(() => {
    if (!page.isStale.value) void open.refresh();
  });
  return open;
}

interface KeyActions {
  readonly range: Range;
  readonly setRange: (range: Range) => void;
  /** to the next older anomaly (1) or the next newer (-1) */
  readonly step: (by: 1 | -1) => void;
}

function useKeys(actions: KeyActions): void {
  const page = usePage();
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const key = shortcutOf(event);
      const { range, setRange, step } = latest.current;
      const nowUs = page.nowUs.peek();
      if (key === 'ArrowLeft') setRange(pan(range, -0.5, nowUs));
      else if (key === 'ArrowRight') setRange(pan(range, 0.5, nowUs));
      else if (key === '+' || key === '=') setRange(zoom(range, 0.5, nowUs));
      else if (key === '-') setRange(zoom(range, 2, nowUs));
      else if (key === '0') setRange(LAST_HOUR);
      else if (key === 'n') step(1);
      else if (key === 'p') step(-1);
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [page]);
}

/** @returns the row `by` after the chosen one, or the first */
function rowAfter(
  rows: readonly Anomaly[],
  isChosen: (anomaly: Anomaly) => boolean,
  by: 1 | -1,
): Anomaly | undefined {
  const at = rows.findIndex(isChosen);
  return rows[at < 0 ? 0 : at + by];
}

function DeviceHead({ device }: { device: FleetDevice }) {
  const page = usePage();
  const age = page.nowUs.value - device.seenUs;
  return (
    <div class="device-head">
      <a href={formatAddress({ page: 'fleet', filter: ALL_DEVICES })}>Fleet</a>
      <h1>{device.device}</h1>
      <StandingChip device={device} stands={standing(page.fleet.value, device)} />
      <MaintenanceChip device={device.device} />
      <span class="soft small">
        {device.site !== undefined && `${device.site} · `}
        {device.parent !== undefined && `behind ${device.parent} · `}
        judged by {device.judge === 'agent' ? 'its agent' : 'the cloud'} ·{' '}
        <span title={formatMoment(device.seenUs)}>heard {formatAge(age)}</span>
      </span>
    </div>
  );
}

function Unknown({ device }: { device: string }) {
  const page = usePage();
  if (page.isStale.value && page.fleet.value.nowUs === 0) {
    return (
      <Notice title={device}>
        <p class="soft">The device appears as soon as the server answers.</p>
      </Notice>
    );
  }
  return (
    <Notice title={`No device ${device}`}>
      <p>
        It has never sent a reading, or it was silent for so long that it left the fleet.{' '}
        <a href={formatAddress({ page: 'fleet', filter: ALL_DEVICES })}>See the fleet</a>
      </p>
    </Notice>
  );
}
