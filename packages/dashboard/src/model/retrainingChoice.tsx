/** Whether a sensor type is trained again by the calendar, and whether what comes of it is chosen at once. */
import type { SetRetraining } from '@fernsight/wire';
import { useCallback } from 'preact/hooks';
import { may } from '../access/session.ts';
import { useDeed } from '../access/useDeed.ts';
import { DeedChoice } from '../frame/deedChoice.tsx';
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
  const { times = NEVER, activates = false, onlyWhenMoved = false, last } = own ?? {};
  const set = (change: Partial<SetRetraining>) => {
    const params = { sensorType };
    const body = { times, activates, onlyWhenMoved, ...change };
    return deed.run(() =>
      body.times === NEVER
        ? client.call('removeRetraining', { params })
        : client.call('setRetraining', { params, body }),
    );
  };
  const isKnown = own === undefined || TIMES.some((one) => one.times === times);
  const isFixed = !may(page, 'operator');
  return (
    <div class="note small controls">
      <span class="acts">
        Train again{' '}
        <DeedChoice
          label="Train again"
          held={times}
          unchosen="by hand only"
          deed="Save"
          isFixed={isFixed}
          onDo={(choice) => set({ times: choice })}
        >
          {TIMES.map((one) => (
            <option key={one.times} value={one.times}>
              {one.words}
            </option>
          ))}
          {!isKnown && <option value={times}>{times} (cron, UTC)</option>}
        </DeedChoice>
      </span>
      {own !== undefined && (
        <>
          <label class="toggle">
            <input
              type="checkbox"
              checked={onlyWhenMoved}
              disabled={isFixed}
              onChange={(event) => void set({ onlyWhenMoved: event.currentTarget.checked })}
            />
            only when a series has moved
          </label>
          <label class="toggle">
            <input
              type="checkbox"
              checked={activates}
              disabled={isFixed}
              onChange={(event) => void set({ activates: event.currentTarget.checked })}
            />
            and activate the result
          </label>
        </>
      )}
      {own?.nextUs != null && (
        <span class="soft">next {formatTime(own.nextUs, page.nowUs.peek())}</span>
      )}
      {last != null && (
        <span class="soft">
          last {formatTime(last.atUs, page.nowUs.peek())}: {last.outcome}
        </span>
      )}
      <span class="fault" role="alert">
        {deed.fault.value}
      </span>
    </div>
  );
}
