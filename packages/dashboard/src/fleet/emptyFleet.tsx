/** Before the first device: how to connect one, as a command for this very server. Before the first frame: patience. */
import { useSignal } from '@preact/signals';
import { Field, Form } from '../access/field.tsx';
import { may } from '../access/session.ts';
import { useDeed } from '../access/useDeed.ts';
import { Notice } from '../frame/notice.tsx';
import { usePage } from '../frame/page.ts';
import { Command } from './command.tsx';

export function EmptyFleet() {
  const page = usePage();
  const { state } = page.feed.connection.value;
  if (page.fleet.value.nowUs === 0 || state !== 'live') {
    return (
      <Notice title={state === 'waiting' ? 'The server does not answer' : 'Connecting'}>
        <p class="soft">
          {state === 'waiting'
            ? 'Nothing is known of the fleet yet. Check that the server runs; this page goes on by itself.'
            : 'The fleet appears as soon as the server answers.'}
        </p>
      </Notice>
    );
  }
  return (
    <Notice title="No device yet">
      {page.session.value?.mode === 'closed' ? <WithToken /> : <Commands device="pump-1" />}
      <p class="soft">Devices appear here by themselves with their first reading.</p>
    </Notice>
  );
}

/** This server knows its devices: each has a token of its own. */
function WithToken() {
  const page = usePage();
  const fresh = useSignal<{ device: string; token: string } | undefined>(undefined);
  const deed = useDeed(async () => {});
  if (!may(page, 'admin')) {
    return <p>An administrator gives the first device its token, here or in the settings.</p>;
  }
  if (fresh.value !== undefined) return <Commands {...fresh.value} />;
  return (
    <>
      <p>Each device writes with a token of its own. Name the first one:</p>
      <Form
        action="Show the command"
        onSend={(text) =>
          deed.run(async () => {
            const body = { device: text('device') };
            fresh.value = await page.client.call('addToken', { body });
          })
        }
      >
        <Field name="device" words="Device" value="pump-1" autocomplete="off" />
      </Form>
    </>
  );
}

interface CommandsProps {
  readonly device: string;
  /** absent: the server asks for none */
  readonly token?: string;
}

function Commands(props: CommandsProps) {
  return (
    <>
      <p>Send the first reading from any machine that reaches this server:</p>
      <Command text={firstReading(location.origin, props)} />
      <p>Or start an agent, which judges every reading on the spot and bridges outages:</p>
      <Command text={firstAgent(location.origin, props)} />
      {props.token !== undefined && <p class="soft">The token is shown this once.</p>}
    </>
  );
}

function firstReading(origin: string, { device, token }: CommandsProps): string {
  const body = { device_id: device, metrics: [{ type: 'temperature', value: 21.5 }] };
  const asWhom = token === undefined ? '' : ` -H 'authorization: Bearer ${token}'`;
  return `curl ${origin}/data${asWhom} -H 'content-type: application/json' -d '${JSON.stringify(body)}'`;
}

function firstAgent(origin: string, { device, token }: CommandsProps): string {
  const start = `npx fernsight edge --device-id ${device} --cloud-url ${origin}`;
  if (token === undefined) return start;
  const file = `${device}.token`;
  return `echo ${token} > ${file} && chmod 600 ${file} && ${start} --token-file ${file}`;
}
