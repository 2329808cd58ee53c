/** Says, while the line is down, how old is what is shown and when the next attempt is. It floats: nothing moves. */
import { formatAge, formatSpan } from './format.ts';
import { usePage } from './page.ts';

export function StaleBar() {
  const page = usePage();
  const connection = page.feed.connection.value;
  const { nowUs } = page.fleet.value;
  if (connection.state !== 'waiting' || connection.isRefused) return null;
  const age = nowUs === 0 ? '' : ` What you see is from ${formatAge(page.nowUs.value - nowUs)}.`;
  const waitUs = connection.retryAtUs - page.machine.nowUs();
  return (
    <div class="stale-bar" role="alert">
      <p>
        {connection.reason}
        {age}
      </p>
      <span class="soft small">
        {waitUs > 1_000_000 ? `Trying again in ${formatSpan(waitUs)}` : 'Trying again'}
      </span>
      <button type="button" onClick={() => page.feed.retry()}>
        Try now
      </button>
    </div>
  );
}
