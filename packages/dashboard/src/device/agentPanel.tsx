/** How the device's agent is: its version, what waits in its buffer, its clock, and which models judge on it. */
import type { Carrier, LedgerReply } from '@fernsight/wire';
import { useCallback } from 'preact/hooks';
import { formatAddress } from '../frame/address.ts';
import { formatAge, formatCount, formatMoment, formatSpan } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { useAnswer } from '../frame/useAnswer.ts';
import { useFollow } from '../frame/useFollow.ts';
import { versionWords } from '../model/modelType.ts';
import { bufferWords, clockWords } from './agentState.ts';

const REFRESH_MS = 10_000;

interface AgentPanelProps {
  /** the device's agent: the device itself, or the one it is behind */
  readonly agent: string;
  readonly isChild: boolean;
}

export function AgentPanel({ agent, isChild }: AgentPanelProps) {
  const { client } = usePage();
  const ledger = useAnswer(
    useCallback(
      (signal) => client.call('ledger', { params: { device: agent }, signal }),
      [client, agent],
    ),
  );
  const rollout = useAnswer(useCallback((signal) => client.call('rollout', { signal }), [client]));
  const again = useCallback(async () => {
    await Promise.all([ledger.again(), rollout.again()]);
  }, [ledger.again, rollout.again]);
  useFollow(again, REFRESH_MS);
  const state = ledger.value.value?.agent;
  const carriers = rollout.value.value?.carriers.filter((carrier) => carrier.agent === agent);
  if (state === undefined) return null;
  return (
    <section class="ledger panel" aria-labelledby="agent-title">
      <div class="panel-head">
        <h2 id="agent-title">{isChild ? `Agent ${agent}` : 'Agent'}</h2>
        <ReportAge state={state} />
      </div>
      <dl>
        <AgentFacts ledger={ledger.value.value} state={state} />
        <ModelFacts carriers={carriers ?? []} />
      </dl>
    </section>
  );
}

type AgentState = NonNullable<LedgerReply['agent']>;

function ReportAge({ state }: { state: AgentState }) {
  const { nowUs } = usePage();
  return (
    <span class="soft small" title={formatMoment(state.reportedUs)}>
      {formatAge(nowUs.value - state.reportedUs)}
    </span>
  );
}

interface AgentFactsProps {
  readonly ledger: LedgerReply | undefined;
  readonly state: AgentState;
}

function AgentFacts({ ledger, state }: AgentFactsProps) {
  const { version, oldestUs, clockAheadUs, reportedUs, interruptions } = state;
  const clock = clockWords(clockAheadUs);
  const waiting = ledger?.outboxReadings ?? 0;
  return (
    <>
      <div>
        <dt>Version</dt>
        <dd>{version}</dd>
      </div>
      <div>
        <dt>Buffer</dt>
        <dd>{bufferWords(state, waiting)}</dd>
      </div>
      {oldestUs !== null && waiting > 0 && (
        <div>
          <dt>Oldest in it</dt>
          <dd>{formatSpan(Math.max(0, reportedUs - oldestUs))} old</dd>
        </div>
      )}
      <div class={clock.isOff ? 'loss' : ''}>
        <dt>Clock</dt>
        <dd>{clock.words}</dd>
      </div>
      {interruptions !== undefined && (
        <div class="loss" title={`the last after ${formatMoment(interruptions.lastUs)}`}>
          <dt>Interrupted {formatCount(interruptions.count)} times</dt>
          <dd>at most {formatCount(interruptions.readingsMax)} readings missing</dd>
        </div>
      )}
      <div>
        <dt>Starts and clock steps</dt>
        <dd>{formatCount(ledger?.epochs.length ?? 0)}</dd>
      </div>
    </>
  );
}

/** A sensor type of which the agent says nothing is judged by what it ships with. */
function ModelFacts({ carriers }: { carriers: readonly Carrier[] }) {
  if (carriers.length === 0) {
    return (
      <div>
        <dt>Models</dt>
        <dd>as shipped</dd>
      </div>
    );
  }
  return (
    <>
      {carriers.map(({ sensorType, running, trial, refused }) => (
        <div key={sensorType} class={refused === null ? '' : 'loss'}>
          <dt>
            Model,{' '}
            <a href={formatAddress({ page: 'models', sensorType, version: running ?? '' })}>
              {sensorType}
            </a>
          </dt>
          <dd title={refused?.reason}>
            <code>{versionWords(running)}</code>
            {trial !== null &&
              `, tries ${versionWords(trial.hash)}: ${trial.readings} of ${trial.of}`}
            {refused !== null && `, refused ${versionWords(refused.hash)}`}
          </dd>
        </div>
      ))}
    </>
  );
}
