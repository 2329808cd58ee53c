/** The versions of a sensor type's model: choose one, go back, train another, now or by the calendar. */
import type { Model, TrainingRun } from '@fernsight/wire';
import { useSignal } from '@preact/signals';
import { may } from '../access/session.ts';
import { formatAddress } from '../frame/address.ts';
import { formatCount, formatMoment, formatTime } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { chosenOf, versionWords } from './modelType.ts';
import type { Registry } from './registry.ts';
import { RetrainingChoice } from './retrainingChoice.tsx';

const DAY_US = 86_400_000_000;
const SPANS = [
  { words: 'the last day', days: 1 },
  { words: 'the last week', days: 7 },
  { words: 'the last four weeks', days: 28 },
] as const;

interface VersionsPanelProps {
  readonly sensorType: string;
  readonly models: readonly Model[];
  /** the hash whose report is shown */
  readonly opened: string | undefined;
  readonly registry: Registry;
}

export function VersionsPanel({ sensorType, models, opened, registry }: VersionsPanelProps) {
  const page = usePage();
  const isOperator = may(page, 'operator');
  const chosen = chosenOf(sensorType, registry.activations);
  const run = registry.trainings.find((training) => training.sensorType === sensorType);
  return (
    <section class="panel" aria-labelledby="versions-title">
      <div class="panel-head">
        <h2 id="versions-title" class="panel-title">
          {sensorType}
        </h2>
        <span class="soft small">
          {chosen === null ? 'judged by what Fernsight ships with' : 'judged by version '}
          {chosen !== null && <code>{versionWords(chosen)}</code>}
        </span>
        {isOperator && <Acts sensorType={sensorType} registry={registry} />}
      </div>
      {run !== undefined && <RunState run={run} />}
      {models.length === 0 ? (
        <p class="note small soft">
          No model of its own yet. Training takes the stored readings of this type; what was
          anomalous or in maintenance is left out.
        </p>
      ) : (
        <div class="table-place">
          <table>
            <thead>
              <tr>
                <th scope="col">Version</th>
                <th scope="col">Made</th>
                <th scope="col">By</th>
                <th scope="col" class="number">
                  Series
                </th>
                <th scope="col" class="number">
                  Readings
                </th>
                <th scope="col">State</th>
                <th scope="col">
                  <span class="hidden">Choose</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {models.map((model) => (
                <VersionRow
                  key={model.hash}
                  model={model}
                  isOpened={model.hash === opened}
                  registry={registry}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Past sensorType={sensorType} registry={registry} />
      <RetrainingChoice key={sensorType} sensorType={sensorType} />
    </section>
  );
}

function Acts({ sensorType, registry }: { sensorType: string; registry: Registry }) {
  const { client, nowUs } = usePage();
  const days = useSignal<number>(28);
  const { deed, trainings } = registry;
  const isRunning = trainings.some(({ state }) => state === 'running');
  const canGoBack = chosenOf(sensorType, registry.activations) !== null;
  const params = { sensorType };
  return (
    <span class="acts">
      <select
        aria-label="Train from"
        value={String(days.value)}
        onChange={(event) => (days.value = Number(event.currentTarget.value))}
      >
        {SPANS.map((span) => (
          <option key={span.days} value={String(span.days)}>
            {span.words}
          </option>
        ))}
      </select>
      <button
        type="button"
        class="primary"
        disabled={isRunning}
        onClick={() => {
          const body = { fromUs: Math.round(nowUs.peek() - days.value * DAY_US) };
          void deed.run(() => client.call('trainModel', { params, body }));
        }}
      >
        {isRunning ? 'Training' : 'Train'}
      </button>
      <button
        type="button"
        disabled={!canGoBack}
        title="Choose again what was chosen before"
        onClick={() => void deed.run(() => client.call('rollBackModel', { params }))}
      >
        Roll back
      </button>
    </span>
  );
}

function RunState({ run }: { run: TrainingRun }) {
  const page = usePage();
  const left = `${formatCount(run.readingCount)} readings taken, ${formatCount(run.excludedCount)} left out`;
  if (run.state === 'running') {
    return (
      <p class="note small run-state" role="status">
        <progress aria-label="Training" max={Math.max(1, run.seriesCount)} value={run.seriesDone} />{' '}
        Series {run.seriesDone} of {run.seriesCount}; {left}
      </p>
    );
  }
  if (run.state === 'failed') {
    return <p class="note small fault">The last training made no model: {run.error}</p>;
  }
  return (
    <p class="note small soft">
      Last trained {formatTime(run.startedUs, page.nowUs.peek())} by {run.startedBy}: {left}
    </p>
  );
}

interface VersionRowProps {
  readonly model: Model;
  readonly isOpened: boolean;
  readonly registry: Registry;
}

function VersionRow({ model, isOpened, registry }: VersionRowProps) {
  const page = usePage();
  const { hash, sensorType, createdUs, createdBy, report, active } = model;
  const href = formatAddress({ page: 'models', sensorType, version: hash });
  return (
    <tr aria-current={isOpened ? 'true' : undefined}>
      <th scope="row">
        <a href={href} title={hash}>
          <code>{versionWords(hash)}</code>
        </a>
      </th>
      <td title={formatMoment(createdUs)}>{formatTime(createdUs, page.nowUs.peek())}</td>
      <td>{createdBy}</td>
      <td class="number" data-words="series">
        {formatCount(report.seriesCount)}
      </td>
      <td class="number" data-words="readings">
        {formatCount(report.readingCount)}
      </td>
      <td>
        {active ? <span class="chip good">Active</span> : <span class="soft">in reserve</span>}
      </td>
      <td class="number">
        {!active && may(page, 'operator') && (
          <button
            type="button"
            onClick={() => {
              const params = { hash };
              void registry.deed.run(() => page.client.call('activateModel', { params }));
            }}
          >
            Activate
          </button>
        )}
      </td>
    </tr>
  );
}

/** Choices shown: enough to see what a roll back leads to. */
const PAST_SHOWN = 4;

function Past({ sensorType, registry }: { sensorType: string; registry: Registry }) {
  const page = usePage();
  const past = registry.activations.filter((one) => one.sensorType === sensorType);
  if (past.length === 0) return null;
  return (
    <p class="note small soft">
      {past.slice(0, PAST_SHOWN).map(({ hash, atUs, by }, index) => (
        <span key={atUs}>
          {index > 0 && ' · '}
          {formatTime(atUs, page.nowUs.peek())} {by} chose <code>{versionWords(hash)}</code>
        </span>
      ))}
    </p>
  );
}
