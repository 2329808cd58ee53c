/** Times in which nobody is told: what is planned, and a form to plan one, once or recurring. */
import type { MaintenanceWindow } from '@fernsight/wire';
import { useCallback } from 'preact/hooks';
import { Field, Form } from '../access/field.tsx';
import { may } from '../access/session.ts';
import { useDeed } from '../access/useDeed.ts';
import { formatTime } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { useAnswer } from '../frame/useAnswer.ts';
import { MUTES } from './incident.ts';

/** @param onChange what is planned changes how incidents stand */
export function MaintenancePanel({ onChange }: { onChange: () => Promise<void> }) {
  const page = usePage();
  const { client } = page;
  const windows = useAnswer(
    useCallback((signal) => client.call('maintenance', { signal }), [client]),
  );
  const deed = useDeed(async () => {
    await Promise.all([windows.again(), onChange()]);
  });
  const planned = windows.value.value?.windows ?? [];
  const isOperator = may(page, 'operator');
  if (windows.isAsking.value || (planned.length === 0 && !isOperator)) return null;
  return (
    <section class="panel" aria-labelledby="maintenance-title">
      <div class="panel-head">
        <h2 id="maintenance-title">Maintenance</h2>
        <span class="fault small">{deed.fault.value || windows.fault.value}</span>
      </div>
      {planned.length === 0 && <p class="note small soft">Nothing is planned.</p>}
      <ul>
        {planned.map((window) => (
          <li key={window.id} class="note small controls">
            <span>{windowWords(window, page.nowUs.value)}</span>
            {isOperator && (
              <button
                type="button"
                onClick={() => {
                  const params = { window: String(window.id) };
                  void deed.run(() => client.call('removeMaintenance', { params }));
                }}
              >
                Remove
              </button>
            )}
          </li>
        ))}
      </ul>
      {isOperator && (
        <Form
          action="Plan maintenance"
          onSend={(text) => {
            const startUs = startOf(text('start')) ?? Math.round(page.nowUs.peek());
            const span = MUTES.find(({ words }) => words === text('span')) ?? MUTES[0];
            const body = {
              device: text('device') === '*' ? null : text('device'),
              startUs,
              endUs: startUs + (span?.us ?? 0),
              everyUs: EVERY.find(({ words }) => words === text('every'))?.us ?? null,
              reason: text('reason'),
            };
            return deed.run(() => client.call('addMaintenance', { body }));
          }}
        >
          <Field name="device" words="Device, or * for all" autocomplete="off" />
          <Field name="reason" words="Reason" autocomplete="off" />
          <label class="field">
            <span>From, else from now on</span>
            <input type="datetime-local" name="start" />
          </label>
          <label class="field">
            <span>How long</span>
            <select name="span">
              {MUTES.map(({ words }) => (
                <option key={words}>{words}</option>
              ))}
            </select>
          </label>
          <label class="field">
            <span>How often</span>
            <select name="every">
              {EVERY.map(({ words }) => (
                <option key={words}>{words}</option>
              ))}
            </select>
          </label>
        </Form>
      )}
    </section>
  );
}

const DAY_US = 86_400_000_000;
const EVERY = [
  { words: 'once', us: null },
  { words: 'each day', us: DAY_US },
  { words: 'each week', us: 7 * DAY_US },
] as const;

/** @param text as a browser gives it, in the viewer's zone: 2026-11-25T19:30 */
function startOf(text: string): number | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms * 1000;
}

function windowWords(window: MaintenanceWindow, nowUs: number): string {
  const { device, startUs, endUs, everyUs, reason, addedBy } = window;
  const span = `${formatTime(startUs, nowUs)} to ${formatTime(endUs, nowUs)}`;
  const often = EVERY.find(({ us }) => us === everyUs)?.words ?? 'recurring';
  const again = everyUs === null ? '' : `, ${often}`;
  return `${device ?? 'All devices'}, ${span}${again}: ${reason} (${addedBy})`;
}
