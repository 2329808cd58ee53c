/** A device at a glance: its sensors with value, unit, verdict and score, each with its last hour. */
import type { FleetDevice, LatestPoint } from '@fernsight/wire';
import { LAST_HOUR } from '../device/range.ts';
import { formatAddress } from '../frame/address.ts';
import { formatAge, formatValue } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { rank, type Standing } from './fleet.ts';
import { Sparkline } from './sparkline.tsx';
import { VerdictWords } from './verdict.tsx';

/** Sensors on a card; a device with more shows its worst. */
const SENSORS_MAX = 4;

export function DeviceCard({ device, stands }: { device: FleetDevice; stands: Standing }) {
  const page = usePage();
  const shown = sensorsShown(device.sensors);
  const hiddenCount = device.sensors.length - shown.length;
  const href = formatAddress({ page: 'device', device: device.device, range: LAST_HOUR });
  const hasFoot = hiddenCount > 0 || stands === 'offline';
  return (
    <a class={`card panel ${stands}`} href={href} style={{ gridRowEnd: rowsOf(shown, hasFoot) }}>
      <span class="card-head">
        <strong class="card-name">{device.device}</strong>
        <span class="soft small">{device.site}</span>
        <StandingChip device={device} stands={stands} />
      </span>
      <span class="values">
        {shown.map((point) => (
          <SensorRow key={point.sensor} device={device.device} point={point} />
        ))}
      </span>
      {hasFoot && (
        <span class="card-foot">
          {stands === 'offline' && `Last heard ${formatAge(page.nowUs.value - device.seenUs)}`}
          {stands === 'offline' && hiddenCount > 0 && ' · '}
          {hiddenCount > 0 && `${hiddenCount} more sensors`}
        </span>
      )}
    </a>
  );
}

/** In quarters of a sensor's row, as in `styles/fleet.css`: head and gap, each sensor, the foot. */
function rowsOf(sensors: readonly LatestPoint[], hasFoot: boolean): string {
  return `span ${5 + 4 * sensors.length + (hasFoot ? 3 : 0)}`;
}

const WORDS: Readonly<Record<Standing, string>> = {
  alarm: 'Alarm',
  offline: 'Offline',
  quiet: 'Normal',
};

/** A quiet device of which a reading stands out at present is called marked: to look at, not to be woken for. */
export function StandingChip({ device, stands }: { device: FleetDevice; stands: Standing }) {
  const isMarked = stands === 'quiet' && device.sensors.some(({ anomaly }) => anomaly);
  return isMarked ? (
    <span class="chip mark">Marked</span>
  ) : (
    <span class={`chip ${stands}`}>{WORDS[stands]}</span>
  );
}

function SensorRow({ device, point }: { device: string; point: LatestPoint }) {
  return (
    <span class="sensor">
      <span class="sensor-name">
        <span>{point.sensor}</span>
        <VerdictWords device={device} point={point} />
      </span>
      <Sparkline device={device} sensor={point.sensor} />
      <span class="reading">
        {formatValue(point.value)} <small class="unit">{point.unit}</small>
      </span>
    </span>
  );
}

/** The order of the device stays; only who is shown follows the verdicts. */
function sensorsShown(points: readonly LatestPoint[]): readonly LatestPoint[] {
  if (points.length <= SENSORS_MAX) return points;
  const worst = new Set([...points].sort((a, b) => rank(b) - rank(a)).slice(0, SENSORS_MAX));
  return points.filter((point) => worst.has(point));
}
