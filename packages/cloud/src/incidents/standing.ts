/** What stands at a start: alarms that were on when the server stopped. */
import { isSensorFault } from '../store/marks.ts';
import type { DeviceView } from '../worker/deviceView.ts';
import type { Signal } from './signal.ts';

export function standingAlarms(views: readonly DeviceView[]): Signal[] {
  return views.flatMap(({ name: device, series }) =>
    series
      .filter(({ alarmOn }) => alarmOn)
      .map(({ sensor, latest }): Signal => {
        const isFault = latest !== undefined && isSensorFault(latest.mark);
        const sentence = `${sensor}: an alarm stands since before the server started`;
        return { device, sensor, cause: isFault ? 'sensorFault' : 'anomaly', sentence };
      }),
  );
}
