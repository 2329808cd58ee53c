/** Two versions on the same stored readings, side by side. */
import type { Comparison, Model, Performance } from '@fernsight/wire';
import { type Signal, useSignal } from '@preact/signals';
import { may } from '../access/session.ts';
import { formatCount, formatRate, formatScore, formatTime } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { chosenOf, type Version, versionWords } from './modelType.ts';
import { Plot, PlotLegend, type PlotLine } from './plot.tsx';
import type { Registry } from './registry.ts';
import { PrecisionPlot } from './reportPanel.tsx';

const DAY_US = 86_400_000_000;
const DAYS = [1, 7, 28] as const;

interface ComparePanelProps {
  readonly sensorType: string;
  readonly models: readonly Model[];
  readonly registry: Registry;
}

export function ComparePanel({ sensorType, models, registry }: ComparePanelProps) {
  const page = usePage();
  const last = registry.comparisons?.find((one) => one.sensorType === sensorType);
  if (models.length === 0 || registry.comparisons === undefined) return null;
  return (
    <section class="panel" aria-labelledby="compare-title">
      <div class="panel-head">
        <h2 id="compare-title">Compare on stored readings</h2>
        {may(page, 'operator') && (
          <CompareForm sensorType={sensorType} models={models} registry={registry} />
        )}
      </div>
      {last === undefined ? (
        <p class="note small soft">
          Both judge the readings of the last days from the start, as a device would have.
        </p>
      ) : (
        <ComparisonState comparison={last} />
      )}
    </section>
  );
}

const SHIPPED = 'shipped';
const asVersion = (value: string): Version => (value === SHIPPED ? null : value);

function CompareForm({ sensorType, models, registry }: ComparePanelProps) {
  const { client, nowUs } = usePage();
  const chosen = chosenOf(sensorType, registry.activations);
  const newest = models.find(({ hash }) => hash !== chosen)?.hash;
  const wanted = { first: useSignal(''), second: useSignal('') };
  const first = wanted.first.value || (newest ?? chosen ?? SHIPPED);
  const second = wanted.second.value || (newest === undefined ? SHIPPED : (chosen ?? SHIPPED));
  const days = useSignal<number>(7);
  const versions = [...models.map(({ hash }) => hash), SHIPPED];
  const isRunning = registry.comparisons?.some(({ state }) => state === 'running');
  const start = () => {
    const body = {
      sensorType,
      first: asVersion(first),
      second: asVersion(second),
      fromUs: Math.round(nowUs.peek() - days.value * DAY_US),
    };
    void registry.deed.run(() => client.call('compareModels', { body }));
  };
  return (
    <span class="acts">
      <VersionChoice
        label="First version"
        chosen={first}
        onChoose={wanted.first}
        versions={versions}
      />
      <VersionChoice
        label="Second version"
        chosen={second}
        onChoose={wanted.second}
        versions={versions}
      />
      <select
        aria-label="Of how many days"
        value={String(days.value)}
        onChange={(event) => (days.value = Number(event.currentTarget.value))}
      >
        {DAYS.map((count) => (
          <option key={count} value={String(count)}>
            {count === 1 ? 'last day' : `last ${count} days`}
          </option>
        ))}
      </select>
      <button type="button" disabled={isRunning || first === second} onClick={start}>
        Compare
      </button>
    </span>
  );
}

interface VersionChoiceProps {
  readonly label: string;
  readonly chosen: string;
  readonly onChoose: Signal<string>;
  readonly versions: readonly string[];
}

function VersionChoice({ label, chosen, onChoose, versions }: VersionChoiceProps) {
  return (
    <select
      aria-label={label}
      value={chosen}
      onChange={(event) => (onChoose.value = event.currentTarget.value)}
    >
      {versions.map((version) => (
        <option key={version} value={version}>
          {versionWords(asVersion(version))}
        </option>
      ))}
    </select>
  );
}

function ComparisonState({ comparison }: { comparison: Comparison }) {
  const { state, seriesDone, seriesCount, error, results } = comparison;
  const [first, second] = results;
  if (state === 'running') {
    return (
      <p class="note small run-state" role="status">
        <progress aria-label="Comparison" max={Math.max(1, seriesCount)} value={seriesDone} />{' '}
        Series {seriesDone} of {seriesCount}
      </p>
    );
  }
  if (first === undefined || second === undefined) {
    return <p class="note small fault">The last comparison came to nothing: {error}</p>;
  }
  return <Results comparison={comparison} first={first} second={second} />;
}

interface ResultsProps {
  readonly comparison: Comparison;
  readonly first: Performance;
  readonly second: Performance;
}

const ROWS: readonly (readonly [string, (result: Performance) => string])[] = [
  ['Readings judged', ({ readingCount }) => formatCount(readingCount)],
  ['Marked', ({ anomalyCount }) => formatCount(anomalyCount)],
  ['Alarms', ({ alarmCount }) => formatCount(alarmCount)],
  ['Alarms a device and week', ({ alarmsPerDeviceWeek }) => formatRate(alarmsPerDeviceWeek)],
  ['Mean score', ({ meanScore }) => formatScore(meanScore)],
  [
    'Area under precision over recall',
    ({ curve }) => (curve === null ? 'nobody said what was real' : formatScore(curve.prAuc)),
  ],
];

function Results({ comparison, first, second }: ResultsProps) {
  const page = usePage();
  const { agreement, startedUs, startedBy } = comparison;
  return (
    <div class="comparison">
      <div>
        <table>
          <thead>
            <tr>
              <th scope="col">
                <span class="hidden">What</span>
              </th>
              <th scope="col" class="number">
                <code>{versionWords(first.hash)}</code>
              </th>
              <th scope="col" class="number">
                <code>{versionWords(second.hash)}</code>
              </th>
            </tr>
          </thead>
          <tbody>
            {ROWS.map(([name, read]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="number" data-words={versionWords(first.hash)}>
                  {read(first)}
                </td>
                <td class="number" data-words={versionWords(second.hash)}>
                  {read(second)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <p class="note small soft">
          {agreement !== null &&
            `${formatCount(agreement.both)} readings marked by both, ${formatCount(agreement.first)} by the first alone, ${formatCount(agreement.second)} by the second alone. `}
          Compared {formatTime(startedUs, page.nowUs.peek())} by {startedBy}.
        </p>
      </div>
      <div class="plots">
        <ScorePlot first={first} second={second} />
        {(first.curve ?? second.curve) !== null && (
          <PrecisionPlot curves={[first.curve, second.curve]} />
        )}
        <PlotLegend first={versionWords(first.hash)} second={versionWords(second.hash)} />
      </div>
    </div>
  );
}

/** Nine of ten readings score low: on a scale of tenfold steps the rare high ones can be seen as well. */
function ScorePlot({ first, second }: { first: Performance; second: Performance }) {
  const line = ({ scores }: Performance, tone: PlotLine['tone']): PlotLine => ({
    points: [...scores, scores.at(-1) ?? 0].map(
      (count, bin) => [bin / scores.length, Math.log10(1 + count)] as const,
    ),
    tone,
    isStep: true,
  });
  return (
    <Plot
      title="Readings by score"
      words="counts in twenty steps of the score, on a scale of tenfold steps"
      lines={[line(first, 'first'), line(second, 'second')]}
      domain={[0, 1]}
      xWords="score"
      formatY={(value) => formatCount(Math.round(10 ** value) - 1)}
    />
  );
}
