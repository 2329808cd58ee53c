/** The key that models are signed with: who checks with it, when it was changed, and changing it. */
import { useSignal } from '@preact/signals';
import { useCallback } from 'preact/hooks';
import { may } from '../access/session.ts';
import { useDeed } from '../access/useDeed.ts';
import { formatCount, formatTime } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { useAnswer } from '../frame/useAnswer.ts';
import type { Registry } from './registry.ts';

export function KeyPanel({ registry }: { registry: Registry }) {
  const page = usePage();
  const { client } = page;
  const isAsked = useSignal(false);
  const answer = useAnswer(useCallback((signal) => client.call('modelKey', { signal }), [client]));
  const deed = useDeed(answer.again);
  const key = answer.value.value;
  if (key === undefined) return null;
  const last = key.rotations.at(-1);
  const agentCount = registry.rollout?.keys.length ?? 0;
  return (
    <section class="key" aria-labelledby="key-title">
      <h2 id="key-title">Signing key</h2>
      <p class="small soft">
        {last === undefined
          ? 'Never changed.'
          : `Changed ${formatTime(last.atUs, page.nowUs.peek())}, ${formatCount(key.rotations.length)} in all.`}{' '}
        {agentCount > 0 &&
          `${formatCount(agentCount)} agents check models with a key of this server.`}
      </p>
      {may(page, 'admin') &&
        (isAsked.value ? (
          <p class="acts">
            <button
              type="button"
              class="danger"
              onClick={() => {
                isAsked.value = false;
                void deed.run(() => client.call('rotateModelKey', {}));
              }}
            >
              Sign all models anew
            </button>
            <button type="button" onClick={() => (isAsked.value = false)}>
              Keep it
            </button>
          </p>
        ) : (
          <button type="button" onClick={() => (isAsked.value = true)}>
            Change the key
          </button>
        ))}
      <p class="fault small" role="alert">
        {deed.fault.value}
      </p>
    </section>
  );
}
