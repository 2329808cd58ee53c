/** What stands at a start: alarms that were on when the server stopped, devices that have been silent since. */
import type { FleetDevice } from '@fernsight/wire';
import { isSensorFault } from '../store/marks.ts';
import type { DeviceView } from '../worker/deviceView.ts';
import { type Signal, silenceOf } from './signal.ts';

export function standingSignals(
  views: readonly DeviceView[],
  fleet: readonly FleetDevice[],
): Signal[] {
  const alarms = views.flatMap(({ name: device, series }) =>
    series
      .filter(({ alarmOn }) => alarmOn)
      .map(({ sensor, latest }): Signal => {
        const isFault = latest !== undefined && isSensorFault(latest.mark);
        const sentence = `${sensor}: an alarm stands since before the server started`;
        return { device, sensor, cause: isFault ? 'sensorFault' : 'anomaly', sentence };
      }),
  );
  const silent = fleet
    .filter(({ status }) => status === 'offline')
    .map(({ device }) => silenceOf(device));
  return [...alarms, ...silent];
}
