/**
 * The report of a training as one HTML page: what was learnt, what it finds, and where its threshold stands.
 *
 * Nothing is fetched: styles and charts are in the page, and it follows the reader's light or dark setting. Curves and
 * ratios appear where labels exist; without labels the page shows how the scores lie about the threshold.
 */
import {
  averagePrecision,
  type Curve,
  confusion,
  createCurve,
  f1,
  falseAlarmRate,
  type Judgement,
  type LabelledRows,
  precision,
  recall,
  recallByKind,
  rocArea,
  thin,
} from '@fernsight/detect/evaluation';
import { escapeHtml, type Point, renderCurve, renderHistogram } from './chart.ts';
import { REPORT_STYLE } from './reportStyle.ts';

export interface TrainingReport {
  /** the sensor type, as in `--sensor` */
  readonly sensor: string;
  /** what stands under the title, in order: model, hash, size, files, rows, seed, time */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** the rows judged by the trained model; labels all 0 where `labelled` is false */
  readonly rows: LabelledRows;
  readonly judgement: Judgement;
  /** in [0, 1]: scores from here are anomalies */
  readonly threshold: number;
  readonly labelled: boolean;
  /** where the judged rows come from: held out, or the training rows themselves */
  readonly judged: 'held out' | 'training rows';
}

const BINS = 40;
/** About as many as a chart has pixels a side: more points would draw nothing more. */
const CURVE_STEPS = 260;

/** @returns a complete HTML document. O(n log n) in the judged rows. */
export function renderReport(report: TrainingReport): string {
  const title = `${report.sensor}: training report`;
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escapeHtml(title)}</title><style>${REPORT_STYLE}</style></head><body><main>`,
    `<h1>${escapeHtml(report.sensor)}</h1>`,
    `<p class="lead">${report.rows.count.toLocaleString('en')} rows judged (${report.judged})</p>`,
    report.labelled ? renderQuality(report) : '<p>No labels: how much it finds is not known.</p>',
    renderScores(report),
    renderFacts(report.facts),
    '</main></body></html>',
  ].join('\n');
}

function renderQuality(report: TrainingReport): string {
  const { rows, judgement } = report;
  const counts = confusion(judgement.anomalies, rows.labels);
  const curve = createCurve(judgement.scores, rows.labels);
  const figures: [string, string][] = [
    ['precision', precision(counts).toFixed(3)],
    ['recall', recall(counts).toFixed(3)],
    ['F1', f1(counts).toFixed(3)],
    ['PR-AUC', averagePrecision(curve).toFixed(3)],
    ['ROC-AUC', rocArea(curve).toFixed(3)],
    ['false-alarm rate', `${(100 * falseAlarmRate(counts)).toFixed(2)} %`],
  ];
  const cards = figures.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`);
  const falseShare = counts.falsePositives / Math.max(1, curve.negatives);
  return [
    `<dl class="figures">${cards.join('')}</dl>`,
    '<div class="charts">',
    figure(renderPr(curve, { x: recall(counts), y: precision(counts) }), 'Precision and recall'),
    figure(renderRoc(curve, { x: falseShare, y: recall(counts) }), 'ROC'),
    '</div>',
    '<p class="note">The ring marks the model’s threshold, the dashed line a detector that knows nothing.</p>',
    renderKinds(recallByKind(judgement, rows)),
  ].join('\n');
}

function renderPr(curve: Curve, mark: Point): string {
  const points = thin(curve, CURVE_STEPS).map((point) => ({
    x: point.truePositives / Math.max(1, curve.positives),
    y: point.truePositives / (point.truePositives + point.falsePositives),
  }));
  const share = curve.positives / Math.max(1, curve.positives + curve.negatives);
  return renderCurve({
    id: 'pr',
    title: 'Precision over recall',
    description: `Area ${averagePrecision(curve).toFixed(3)}; at the threshold precision ${mark.y.toFixed(3)} and recall ${mark.x.toFixed(3)}.`,
    xLabel: 'recall',
    yLabel: 'precision',
    points: [{ x: 0, y: points[0]?.y ?? 0 }, ...points],
    shape: 'steps',
    baseline: [
      { x: 0, y: share },
      { x: 1, y: share },
    ],
    mark,
  });
}

function renderRoc(curve: Curve, mark: Point): string {
  const points = thin(curve, CURVE_STEPS).map((point) => ({
    x: point.falsePositives / Math.max(1, curve.negatives),
    y: point.truePositives / Math.max(1, curve.positives),
  }));
  return renderCurve({
    id: 'roc',
    title: 'True positives over false positives',
    description: `Area ${rocArea(curve).toFixed(3)}; at the threshold ${mark.y.toFixed(3)} of the anomalies are found and ${mark.x.toFixed(4)} of the normal rows called.`,
    xLabel: 'false-positive rate',
    yLabel: 'recall',
    points: [{ x: 0, y: 0 }, ...points],
    shape: 'line',
    baseline: [
      { x: 0, y: 0 },
      { x: 1, y: 1 },
    ],
    mark,
  });
}

function renderKinds(kinds: ReadonlyMap<string, number>): string {
  if (kinds.size === 0) return '';
  const rows = [...kinds].map(
    ([kind, share]) =>
      `<tr><th scope="row">${escapeHtml(kind)}</th><td class="bar"><span style="width:${(100 * share).toFixed(1)}%"></span></td><td>${share.toFixed(3)}</td></tr>`,
  );
  return `<h2>Found, by kind</h2><table><caption>Share of the rows of each kind that were called</caption><tbody>${rows.join('')}</tbody></table>`;
}

function renderScores(report: TrainingReport): string {
  const { rows, judgement, threshold } = report;
  const normal = new Array<number>(BINS).fill(0);
  const anomalous = new Array<number>(BINS).fill(0);
  judgement.scores.forEach((score, i) => {
    const counts = rows.labels[i] ? anomalous : normal;
    const bin = Math.min(BINS - 1, Math.floor(score * BINS));
    counts[bin] = (counts[bin] ?? 0) + 1;
  });
  const called = judgement.anomalies.reduce((sum, anomaly) => sum + anomaly, 0);
  const description = `${called.toLocaleString('en')} of ${rows.count.toLocaleString('en')} rows reach the threshold ${threshold.toFixed(3)}.`;
  const svg = renderHistogram({
    id: 'scores',
    title: 'Scores',
    description,
    normal,
    anomalous,
    threshold,
  });
  const key = report.labelled
    ? '<span class="key normal">normal</span> <span class="key anomalous">labelled anomalous</span>'
    : '';
  return `<h2>Scores</h2>${figure(svg, `${description} ${key}`)}`;
}

function renderFacts(facts: TrainingReport['facts']): string {
  const rows = facts.map(
    ([name, value]) =>
      `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<h2>Training</h2><table class="facts"><tbody>${rows.join('')}</tbody></table>`;
}

function figure(svg: string, caption: string): string {
  return `<figure>${svg}<figcaption>${caption}</figcaption></figure>`;
}
