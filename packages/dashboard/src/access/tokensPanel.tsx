/** Devices' tokens: give one, rotate it, revoke it. */

import type { DeviceToken } from '@fernsight/wire';
import { useSignal } from '@preact/signals';
import { useCallback } from 'preact/hooks';
import { formatAge } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { from, Pager } from '../frame/pager.tsx';
import { useAnswer } from '../frame/useAnswer.ts';
import { TOKENS_SHOWN } from '../limits.ts';
import { Field, Form } from './field.tsx';
import { SecretOnce } from './secretOnce.tsx';
import { useDeed } from './useDeed.ts';

export function TokensPanel() {
  const { client, nowUs } = usePage();
  const cursor = useSignal<string | undefined>(undefined);
  const after = cursor.value;
  const tokens = useAnswer(
    useCallback(
      (signal) => client.call('tokens', { query: { limit: TOKENS_SHOWN, ...from(after) }, signal }),
      [client, after],
    ),
  );
  const deed = useDeed(tokens.again);
  const fresh = useSignal<{ device: string; token: string } | undefined>(undefined);
  const rotate = (device: string) =>
    deed.run(async () => {
      fresh.value = await client.call('rotateToken', { params: { device } });
    });
  return (
    <section class="panel" aria-labelledby="tokens-title" aria-busy={tokens.isAsking.value}>
      <div class="panel-head">
        <h2 id="tokens-title">Devices' tokens</h2>
        <span class="fault small">{deed.fault.value || tokens.fault.value}</span>
      </div>
      <div class="table-place">
        <table>
          <thead>
            <tr>
              <th scope="col">Device</th>
              <th scope="col">Used</th>
              <th scope="col">Devices behind it</th>
              <th scope="col">
                <span class="hidden">Rotate, revoke</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {tokens.value.value?.tokens.map((token) => (
              <tr key={token.device}>
                <th scope="row">{token.device}</th>
                <td>{stateOf(token, nowUs.value)}</td>
                <td>{token.childCount}</td>
                <td class="number">
                  <button type="button" onClick={() => void rotate(token.device)}>
                    Rotate
                  </button>{' '}
                  <button
                    type="button"
                    disabled={token.revokedUs !== null}
                    onClick={() => {
                      const { device } = token;
                      if (!confirm(`Revoke the token of ${device}? It can send no more.`)) return;
                      void deed.run(() => client.call('revokeToken', { params: { device } }));
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
      <Pager cursor={cursor} next={tokens.value.value?.next} start="First" on="Next" />
      <Form
        action="Give a token"
        onSend={(text) =>
          deed.run(async () => {
            fresh.value = await client.call('addToken', { body: { device: text('device') } });
          })
        }
      >
        <Field name="device" words="Device" autocomplete="off" />
      </Form>
      {fresh.value !== undefined && (
        <SecretOnce words={`The token of ${fresh.value.device}.`} secret={fresh.value.token} />
      )}
    </section>
  );
}

function stateOf({ usedUs, revokedUs }: DeviceToken, nowUs: number): string {
  if (revokedUs !== null) return `revoked ${formatAge(nowUs - revokedUs)}`;
  return usedUs === null ? 'never' : formatAge(nowUs - usedUs);
}
