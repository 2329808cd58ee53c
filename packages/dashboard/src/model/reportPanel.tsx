/** How a model was trained, in numbers and curves: what its rows looked like, and how well it tells what people told apart. */
import type { Model } from '@fernsight/wire';
import { formatBytes, formatCount, formatScore } from '../frame/format.ts';
import { densityOf, versionWords } from './modelType.ts';
import { Plot, PlotLegend, type PlotLine } from './plot.tsx';

interface ReportPanelProps {
  readonly model: Model;
  /** the version that is chosen, where it is another one */
  readonly beside: Model | undefined;
}

type Reference = Model['report']['reference'][number];
type Curve = NonNullable<Model['report']['curve']>;

const FEATURES: Readonly<Record<string, string>> = {
  residual: 'Off the expected value',
  innovation: 'Surprise',
  difference: 'Step to the next',
  windowMean: 'Mean of the window',
  windowDeviation: 'Scatter of the window',
  windowRange: 'Range of the window',
  shift: 'Change of level',
  noise: 'Noise',
  score: 'Score',
};

export function featureWords(feature: string): string {
  return FEATURES[feature] ?? feature;
}

export function ReportPanel({ model, beside }: ReportPanelProps) {
  const { report, bytes } = model;
  const facts: readonly (readonly [string, string])[] = [
    ['Series', formatCount(report.seriesCount)],
    ['Readings', formatCount(report.readingCount)],
    ['Rows drawn from them', formatCount(report.rowCount)],
    ['Trees', `${report.trees} of ${report.sample} rows`],
    ['Size', formatBytes(bytes)],
  ];
  return (
    <section class="panel" aria-labelledby="report-title">
      <div class="panel-head">
        <h2 id="report-title">
          Training report of <code>{versionWords(model.hash)}</code>
        </h2>
        {beside && (
          <PlotLegend
            first={versionWords(model.hash)}
            second={`${versionWords(beside.hash)}, active`}
          />
        )}
      </div>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div class="plots">
        {report.curve && <PrecisionPlot curves={[report.curve, beside?.report.curve]} />}
        {report.reference.map((reference) => (
          <DistributionPlot
            key={reference.feature}
            reference={reference}
            beside={beside?.report.reference.find(({ feature }) => feature === reference.feature)}
          />
        ))}
      </div>
      <p class="note small soft">
        Each curve: how dense the training rows lie, from the lowest tenth to the highest. Features
        are free of units: 1 is the usual scatter of the series.
      </p>
    </section>
  );
}

/** @param curves of the first and the second model, as far as there are any */
export function PrecisionPlot({ curves }: { curves: readonly (Curve | null | undefined)[] }) {
  const words = curves.flatMap((curve) =>
    curve ? [`area ${formatScore(curve.prAuc)} over ${curve.real} real ones`] : [],
  );
  const lines = curves.flatMap((curve, index): PlotLine[] =>
    curve
      ? [
          {
            points: curve.points.map(({ recall, precision }) => [recall, precision] as const),
            tone: index === 0 ? 'first' : 'second',
          },
        ]
      : [],
  );
  return (
    <Plot
      title="Precision over recall"
      words={words.join('; ')}
      lines={lines}
      domain={[0, 1]}
      yMax={1}
      xWords="recall"
      formatY={formatScore}
    />
  );
}

interface DistributionProps {
  readonly reference: Reference;
  readonly beside: Reference | undefined;
}

function DistributionPlot({ reference, beside }: DistributionProps) {
  const lines: PlotLine[] = [{ points: densityOf(reference), tone: 'first', isStep: true }];
  if (beside !== undefined) {
    lines.push({ points: densityOf(beside), tone: 'second', isStep: true });
  }
  const middle = reference.edges[4] ?? 0;
  return (
    <Plot
      title={featureWords(reference.feature)}
      words={`half of the training rows lie below ${middle.toPrecision(3)}`}
      lines={lines}
    />
  );
}
