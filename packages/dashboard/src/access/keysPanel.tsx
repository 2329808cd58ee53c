/** API keys for programs: what each may do, when it was used last. */

import type { Scope } from '@fernsight/wire';
import { useSignal } from '@preact/signals';
import { useCallback } from 'preact/hooks';
import { formatAge } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { useAnswer } from '../frame/useAnswer.ts';
import { Field, Form } from './field.tsx';
import { SecretOnce } from './secretOnce.tsx';
import { useDeed } from './useDeed.ts';

const SCOPES: readonly { readonly scope: Scope; readonly words: string }[] = [
  { scope: 'viewer', words: 'see' },
  { scope: 'operator', words: 'see and act' },
  { scope: 'admin', words: 'all' },
  { scope: 'device', words: 'write readings of any device' },
  { scope: 'metrics', words: 'scrape metrics' },
  { scope: 'provision', words: 'enrol devices' },
];

export function KeysPanel() {
  const { client, nowUs } = usePage();
  const keys = useAnswer(useCallback((signal) => client.call('keys', { signal }), [client]));
  const deed = useDeed(keys.again);
  const fresh = useSignal<{ scope: Scope; secret: string } | undefined>(undefined);
  return (
    <section class="panel" aria-labelledby="keys-title" aria-busy={keys.isAsking.value}>
      <div class="panel-head">
        <h2 id="keys-title">API keys</h2>
        <span class="fault small">{deed.fault.value || keys.fault.value}</span>
      </div>
      <div class="table-place">
        <table>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">May</th>
              <th scope="col">Used</th>
              <th scope="col">
                <span class="hidden">Revoke</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {keys.value.value?.keys.map(({ id, name, scopes, usedUs }) => (
              <tr key={id}>
                <th scope="row">{name}</th>
                <td>{scopes.map(wordsOf).join(', ')}</td>
                <td>{usedUs === null ? 'never' : formatAge(nowUs.value - usedUs)}</td>
                <td class="number">
                  <button
                    type="button"
                    onClick={() => {
                      if (!confirm(`Revoke the key ${name}?`)) return;
                      void deed.run(() => client.call('revokeKey', { params: { key: id } }));
                    }}
                  >
                    Revoke
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Form
        action="Make a key"
        onSend={(text) => {
          const scope = SCOPES.find((choice) => choice.scope === text('scope'))?.scope ?? 'viewer';
          const body = { name: text('name'), scopes: [scope] };
          return deed.run(async () => {
            const { secret } = await client.call('addKey', { body });
            fresh.value = { scope, secret };
          });
        }}
      >
        <Field name="name" words="Name" autocomplete="off" />
        <label class="field">
          <span>May</span>
          <select name="scope">
            {SCOPES.map(({ scope, words }) => (
              <option key={scope} value={scope}>
                {words}
              </option>
            ))}
          </select>
        </label>
      </Form>
      {fresh.value !== undefined && (
        <SecretOnce words="The new key." secret={fresh.value.secret}>
          {fresh.value.scope === 'provision' && (
            <p class="small">
              On a device, <code>FERNSIGHT_KEY</code> being the key:{' '}
              <code>npx fernsight agent enrol {location.origin}</code>
            </p>
          )}
        </SecretOnce>
      )}
    </section>
  );
}

function wordsOf(scope: Scope): string {
  return SCOPES.find((choice) => choice.scope === scope)?.words ?? scope;
}
