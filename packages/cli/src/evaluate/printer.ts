/** An evaluation as aligned text: one table a section, goals beneath, parts on demand. */
import type { Metric, Values } from '@fernsight/detect/evaluation';
import type { EvaluationReport, Section } from './evaluation.ts';

/**
 * @param parts also by group or file, for the detector and the controls that listen to the data
 * @returns lines without colours, ending in a newline
 */
export function printEvaluation(report: EvaluationReport, { parts = false } = {}): string {
  const lines = report.sections.flatMap((section) => [
    `${report.set}: ${section.title}`,
    ...alignTable(sectionRows(section, parts)),
    '',
  ]);
  const tried = `configurations tried: ${report.configurationsTried}`;
  return `${[...lines, `${tried}, seed ${report.seed}`].join('\n')}\n`;
}

function sectionRows({ metrics, results }: Section, parts: boolean): string[][] {
  const rows = [['', ...metrics.map((metric) => metric.label)]];
  for (const result of results) {
    rows.push([result.detector, ...cells(metrics, result.values)]);
    if (!parts || ['silent', 'always on', 'clock'].includes(result.detector)) continue;
    for (const part of result.parts) rows.push([`  ${part.name}`, ...cells(metrics, part.values)]);
  }
  for (const goal of ['reach', 'aim'] as const) {
    if (metrics.every((metric) => metric[goal] === undefined)) continue;
    rows.push([`(${goal})`, ...metrics.map((metric) => format(metric, metric[goal]))]);
  }
  return rows;
}

function cells(metrics: readonly Metric[], values: Values): string[] {
  return metrics.map((metric) => format(metric, values[metric.key]));
}

function format(metric: Metric, value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(metric.digits);
}

/** The first column to the left, numbers to the right. */
function alignTable(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, j) => Math.max(...rows.map((row) => row[j]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, j) => (j === 0 ? cell.padEnd(widths[j] ?? 0) : cell.padStart(widths[j] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
