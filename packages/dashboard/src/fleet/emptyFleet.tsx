/** Before the first device: how to connect one, as a command for this very server. Before the first frame: patience. */
import { Notice } from '../frame/notice.tsx';
import { usePage } from '../frame/page.ts';

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
      <p>Send the first reading from any machine that reaches this server:</p>
      <pre>{firstReading(location.origin)}</pre>
      <p>Or start an agent, which judges every reading on the spot and bridges outages:</p>
      <pre>{`npx fernsight edge --device-id pump-1 --cloud-url ${location.origin}`}</pre>
      <p class="soft">Devices appear here by themselves with their first reading.</p>
    </Notice>
  );
}

function firstReading(origin: string): string {
  const body = { device_id: 'pump-1', metrics: [{ type: 'temperature', value: 21.5 }] };
  return `curl ${origin}/data -H 'content-type: application/json' -d '${JSON.stringify(body)}'`;
}
