/** Whether a sensor type is trained again by the calendar, and whether what comes of it is chosen at once. */
import { useCallback } from 'preact/hooks';
import { may } from '../access/session.ts';
import { useDeed } from '../access/useDeed.ts';
import { formatTime } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { useAnswer } from '../frame/useAnswer.ts';

const NEVER = '';
/** Cron, UTC. */
const TIMES = [
  { times: '0 3 * * *', words: 'each day at 03:00 UTC' },
  { times: '0 3 * * 0', words: 'each Sunday at 03:00 UTC' },
  { times: '0 3 1 * *', words: 'on the first of each month' },
] as const;

export function RetrainingChoice({ sensorType }: { sensorType: string }) {
  const page = usePage();
  const { client } = page;
  const answer = useAnswer(
    useCallback((signal) => client.call('retrainings', { signal }), [client]),
  );
  const deed = useDeed(answer.again);
  const own = answer.value.value?.retrainings.find((one) => one.sensorType === sensorType);
  if (answer.value.value === undefined || (own === undefined && !may(page, 'operator')))
    return null;
  const set = (times: string, activates: boolean) => {
    const params = { sensorType };
    void deed.run(() =>
      times === NEVER
        ? client.call('removeRetraining', { params })
        : client.call('setRetraining', { params, body: { times, activates } }),
    );
  };
  const isKnown = own === undefined || TIMES.some(({ times }) => times === own.times);
  const isFixed = !may(page, 'operator');
  return (
    <div class="note small controls">
      <label>
        Train again{' '}
        <select
          value={own?.times ?? NEVER}
          disabled={isFixed}
          onChange={(event) => set(event.currentTarget.value, own?.activates ?? false)}
        >
          <option value={NEVER}>by hand only</option>
          {TIMES.map(({ times, words }) => (
            <option key={times} value={times}>
              {words}
            </option>
          ))}
          {!isKnown && <option value={own.times}>{own.times} (cron, UTC)</option>}
        </select>
      </label>
      {own !== undefined && (
        <label class="toggle">
          <input
            type="checkbox"
            checked={own.activates}
            disabled={isFixed}
            onChange={(event) => set(own.times, event.currentTarget.checked)}
          />
          and activate the result
        </label>
      )}
      {own?.nextUs != null && (
        <span class="soft">next {formatTime(own.nextUs, page.nowUs.peek())}</span>
      )}
      <span class="fault" role="alert">
        {deed.fault.value}
      </span>
    </div>
  );
}
