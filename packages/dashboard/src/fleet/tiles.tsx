/**
 * The fleet in seven numbers; those that stand for devices, anomalies or alarms lead to them. Anomalies are marked
 * readings, alarms are what people are told of.
 */

import { ALL_ALARMS, MARKS_OF_HOUR } from '../anomalies/anomalyFilter.ts';
import { formatAddress } from '../frame/address.ts';
import { formatCount, formatRate, formatSpan } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { ALL_DEVICES } from './filter.ts';
import { type Fleet, standing } from './fleet.ts';

export function Tiles() {
  const fleet = usePage().fleet.value;
  const { totals } = fleet;
  const { alarmCount, lagUs } = survey(fleet);
  const offlineCount = totals.deviceCount - totals.onlineCount;
  return (
    <div class="tiles panel values">
      <Tile
        name="In alarm"
        tone={alarmCount > 0 ? 'alarm' : ''}
        href={formatAddress({ page: 'fleet', filter: { ...ALL_DEVICES, standing: 'alarm' } })}
        value={formatCount(alarmCount)}
        of={`of ${formatCount(totals.deviceCount)}`}
      />
      <Tile
        name="Offline"
        href={formatAddress({ page: 'fleet', filter: { ...ALL_DEVICES, standing: 'offline' } })}
        value={formatCount(offlineCount)}
        of={`${formatCount(totals.onlineCount)} online`}
      />
      <Tile
        name="Anomalies, last hour"
        href={formatAddress({ page: 'anomalies', filter: MARKS_OF_HOUR })}
        value={formatCount(totals.anomaliesHour)}
        of={`${formatCount(totals.anomaliesDay)} in a day`}
      />
      <Tile
        name="Alarms, last hour"
        href={formatAddress({ page: 'anomalies', filter: ALL_ALARMS })}
        value={formatCount(totals.alarmsHour)}
        of={`${formatCount(totals.alarmsDay)} in a day`}
      />
      <Tile name="Readings" value={formatRate(totals.readingsPerSecond)} of="a second" />
      <Tile name="Stored" value={formatCount(totals.readingCount)} of="in all" />
      <Tile name="Worst lag" value={formatSpan(lagUs)} of="of those online" />
    </div>
  );
}

interface TileProps {
  readonly name: string;
  readonly value: string;
  readonly of: string;
  readonly tone?: string;
  readonly href?: string;
}

function Tile({ name, value, of, tone = '', href }: TileProps) {
  const content = (
    <>
      <span>{name}</span>
      <strong>
        {value} <small>{of}</small>
      </strong>
    </>
  );
  return href === undefined ? (
    <div class="tile">{content}</div>
  ) : (
    <a class={`tile ${tone}`} href={href}>
      {content}
    </a>
  );
}

/** One pass over the fleet. O(devices) */
function survey(fleet: Fleet): { readonly alarmCount: number; readonly lagUs: number } {
  let alarmCount = 0;
  let lagUs = 0;
  for (const device of fleet.devices.values()) {
    if (standing(fleet, device) === 'alarm') alarmCount++;
    if (device.status === 'online') lagUs = Math.max(lagUs, fleet.nowUs - device.seenUs);
  }
  return { alarmCount, lagUs };
}
