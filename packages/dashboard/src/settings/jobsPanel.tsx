/** The server's recurring jobs: when each ran, how it ended, when it runs next; operators start one now. */
import type { Job } from '@fernsight/wire';
import { useCallback } from 'preact/hooks';
import { may } from '../access/session.ts';
import { type Deed, useDeed } from '../access/useDeed.ts';
import { formatAge, formatTime } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { useAnswer } from '../frame/useAnswer.ts';
import { useFollow } from '../frame/useFollow.ts';

const REFRESH_MS = 10_000;

export function JobsPanel() {
  const { client } = usePage();
  const jobs = useAnswer(useCallback((signal) => client.call('jobs', { signal }), [client]));
  useFollow(jobs.again, REFRESH_MS);
  const deed = useDeed(jobs.again);
  return (
    <section class="panel" aria-labelledby="jobs-title" aria-busy={jobs.isAsking.value}>
      <div class="panel-head">
        <h2 id="jobs-title">Jobs</h2>
        <span class="fault small" role="alert">
          {deed.fault.value || jobs.fault.value}
        </span>
      </div>
      <div class="table-place">
        <table>
          <thead>
            <tr>
              <th scope="col">Job</th>
              <th scope="col">State</th>
              <th scope="col">Last</th>
              <th scope="col">Next</th>
              <th scope="col">Outcome</th>
              <th scope="col">
                <span class="hidden">Run</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {jobs.value.value?.jobs.map((job) => (
              <JobRow key={job.name} job={job} deed={deed} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function JobRow({ job, deed }: { job: Job; deed: Deed }) {
  const page = usePage();
  const { name, lastEndUs, lastOutcome = '', nextUs, failed, running } = job;
  const [tone, words] = running
    ? ['mark', 'Running']
    : failed
      ? ['alarm', 'Failed']
      : lastEndUs === undefined
        ? ['', 'Not yet']
        : ['good', 'Well'];
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        <span class={`chip ${tone}`}>{words}</span>
      </td>
      <td>{lastEndUs !== undefined && formatAge(page.nowUs.value - lastEndUs)}</td>
      <td>{nextUs !== undefined && formatTime(nextUs, page.nowUs.peek())}</td>
      <td class="why">{lastOutcome}</td>
      <td class="number">
        {may(page, 'operator') && (
          <button
            type="button"
            disabled={running}
            onClick={() => {
              void deed.run(() => page.client.call('runJob', { params: { job: name } }));
            }}
          >
            Run now
          </button>
        )}
      </td>
    </tr>
  );
}
