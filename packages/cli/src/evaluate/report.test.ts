import { createRng } from '@fernsight/base';
import { describe, expect, it } from 'vitest';
import { renderReport, type TrainingReport } from './report.ts';

function makeReport(change: Partial<TrainingReport> = {}): TrainingReport {
  const rng = createRng(5);
  const count = 2000;
  const labels = Uint8Array.from({ length: count }, (_, i) => (i % 40 === 0 ? 1 : 0));
  const scores = Float64Array.from(labels, (label) =>
    Math.min(1, Math.max(0, 0.3 + 0.4 * label + 0.1 * rng.normal())),
  );
  return {
    sensor: 'temperature',
    facts: [
      ['model', 'temperature.fern'],
      ['training rows', '5,000'],
    ],
    rows: {
      name: 'held out',
      width: 1,
      count,
      tsUs: new Float64Array(count),
      values: new Float64Array(count),
      labels,
      kinds: Array.from(labels, (label, i) => (label ? (i % 80 ? 'drift' : 'spike') : '')),
    },
    judgement: { scores, anomalies: Uint8Array.from(scores, (s) => (s >= 0.6 ? 1 : 0)) },
    threshold: 0.6,
    labelled: true,
    judged: 'held out',
    ...change,
  };
}

describe('the report of a training', () => {
  it('shows the ratios, both curves and the kinds where labels exist', () => {
    const page = renderReport(makeReport());
    for (const name of ['precision', 'recall', 'F1', 'PR-AUC', 'ROC-AUC', 'false-alarm rate']) {
      expect(page).toContain(`<dt>${name}</dt>`);
    }
    expect(page.match(/<svg/g)).toHaveLength(3);
    expect(page).toContain('<th scope="row">drift</th>');
  });

  it('says that it does not know where labels are missing, and still shows the scores', () => {
    const page = renderReport(makeReport({ labelled: false }));
    expect(page).toContain('No labels');
    expect(page.match(/<svg/g)).toHaveLength(1);
    expect(page).not.toContain('PR-AUC');
  });

  it('names and describes every chart to a screen reader', () => {
    const page = renderReport(makeReport());
    for (const [, ids = ''] of page.matchAll(/aria-labelledby="([^"]+)"/g)) {
      for (const id of ids.split(' ')) expect(page).toContain(`id="${id}"`);
    }
  });

  it('fetches nothing and runs nothing', () => {
    const page = renderReport(makeReport());
    expect(page).not.toMatch(/<script|https?:|src=|href=|url\(|@import/);
  });

  it('draws only finite numbers, also when nothing was called or labelled', () => {
    const rows = makeReport().rows;
    const nothing = { ...rows, labels: new Uint8Array(rows.count), kinds: null };
    const quiet = {
      scores: new Float64Array(rows.count),
      anomalies: new Uint8Array(rows.count),
    };
    const page = renderReport(makeReport({ rows: nothing, judgement: quiet }));
    expect(page).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('escapes what people named', () => {
    const page = renderReport(makeReport({ sensor: '<b>"x"&\'' }));
    expect(page).toContain('<h1>&lt;b&gt;&quot;x&quot;&amp;&#39;</h1>');
  });

  it('is the same page for the same report', () => {
    expect(renderReport(makeReport())).toBe(renderReport(makeReport()));
  });
});
