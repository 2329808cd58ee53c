/** Where people are told: webhooks, Slack, Alertmanager, e-mail; with what became of the last notice, and a test. */
import type { Channel } from '@fernsight/wire';
import { useSignal } from '@preact/signals';
import { useCallback } from 'preact/hooks';
import { SecretOnce } from '../access/secretOnce.tsx';
import { type Deed, useDeed } from '../access/useDeed.ts';
import { formatAge } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { useAnswer } from '../frame/useAnswer.ts';
import { useFollow } from '../frame/useFollow.ts';
import { CAUSE_WORDS } from '../incidents/incident.ts';
import { CHANNELS_SHOWN } from '../limits.ts';
import { ChannelForm } from './channelForm.tsx';
import { KIND_WORDS } from './channelTarget.ts';

const REFRESH_MS = 10_000;

export function ChannelsPanel() {
  const { client } = usePage();
  const channels = useAnswer(
    useCallback(
      (signal) => client.call('channels', { query: { limit: CHANNELS_SHOWN }, signal }),
      [client],
    ),
  );
  useFollow(channels.again, REFRESH_MS);
  const deed = useDeed(channels.again);
  const secret = useSignal('');
  const rows = channels.value.value?.channels ?? [];
  return (
    <section class="panel" aria-labelledby="channels-title" aria-busy={channels.isAsking.value}>
      <div class="panel-head">
        <h2 id="channels-title">Notifications</h2>
        <span class="fault small" role="alert">
          {deed.fault.value || channels.fault.value}
        </span>
      </div>
      {rows.length === 0 ? (
        <p class="note small soft">
          Nobody is told of incidents yet: they are on the page alone. Add where notices go.
        </p>
      ) : (
        <ChannelTable rows={rows} deed={deed} />
      )}
      <ChannelForm
        onAdd={(body) =>
          deed.run(async () => {
            const fresh = await client.call('addChannel', { body });
            secret.value = fresh.signingSecret ?? '';
          })
        }
      />
      {secret.value !== '' && (
        <SecretOnce
          words="The webhook's bodies are signed with this key (HMAC-SHA-256)."
          secret={secret.value}
        />
      )}
    </section>
  );
}

function ChannelTable({ rows, deed }: { rows: readonly Channel[]; deed: Deed }) {
  return (
    <div class="table-place">
      <table>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">By</th>
            <th scope="col">Of</th>
            <th scope="col">Last told</th>
            <th scope="col" class="number">
              Waiting
            </th>
            <th scope="col">Trouble</th>
            <th scope="col">
              <span class="hidden">Test, remove</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((channel) => (
            <ChannelRow key={channel.id} channel={channel} deed={deed} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ChannelRow({ channel, deed }: { channel: Channel; deed: Deed }) {
  const page = usePage();
  const tested = useSignal('');
  const { name, kind, host, causes, tellsEnd, waiting, givenUp, lastDoneUs, lastError } = channel;
  const params = { channel: String(channel.id) };
  const test = () =>
    deed.run(async () => {
      tested.value = 'sending a test';
      const { delivered, detail } = await page.client.call('testChannel', { params });
      tested.value = `${delivered ? 'test delivered' : 'test failed'}: ${detail}`;
    });
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        {KIND_WORDS[kind]}, {host}
      </td>
      <td>
        {causes.map((cause) => CAUSE_WORDS[cause].toLowerCase()).join(', ')}
        {tellsEnd && ', and their end'}
      </td>
      <td>{lastDoneUs === null ? 'never' : formatAge(page.nowUs.value - lastDoneUs)}</td>
      <td class="number" data-words="waiting">
        {waiting}
      </td>
      <td class="why">
        {tested.value || lastError}
        {givenUp > 0 && ` ${givenUp} given up.`}
      </td>
      <td class="number">
        <span class="acts">
          <button type="button" onClick={() => void test()}>
            Test
          </button>
          <button
            type="button"
            onClick={() => {
              if (!confirm(`Remove ${name}? What waits for it is dropped.`)) return;
              void deed.run(() => page.client.call('removeChannel', { params }));
            }}
          >
            Remove
          </button>
        </span>
      </td>
    </tr>
  );
}
