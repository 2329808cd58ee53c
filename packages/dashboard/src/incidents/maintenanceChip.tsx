/** That a device is in maintenance, until when and why; nothing where it is not. */
import { useCallback } from 'preact/hooks';
import { formatTime } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { useAnswer } from '../frame/useAnswer.ts';
import { useFollow } from '../frame/useFollow.ts';
import { maintenanceNow } from './maintenanceNow.ts';

const REFRESH_MS = 15_000;

export function MaintenanceChip({ device }: { device: string }) {
  const { client, nowUs } = usePage();
  const windows = useAnswer(
    useCallback((signal) => client.call('maintenance', { signal }), [client]),
  );
  useFollow(windows.again, REFRESH_MS);
  const now = maintenanceNow(windows.value.value?.windows ?? [], device, nowUs.value);
  if (now === undefined) return null;
  const { window, untilUs } = now;
  return (
    <span class="chip" title="Nobody is told of what it shows, and nothing is learnt from it">
      In maintenance until {formatTime(untilUs, nowUs.value)}
      {window.reason !== '' && `: ${window.reason}`}
    </span>
  );
}
