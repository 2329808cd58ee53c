/**
 * Anomaly scores that NAB publishes for other detectors (results/DETECTOR/FOLDER/DETECTOR_FILE.csv), to be scored on
 * the very files at hand. It shows what published figures are worth on a part of the corpus, and that our protocol
 * gives what NAB's own gives.
 */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UsageFault } from '@fernsight/base';
import { type Judgement, nabProtocol, type Result, type Task } from '@fernsight/detect/evaluation';

/**
 * @param folder one detector's folder of NAB's results; its name is the detector's
 * @throws UsageFault when a file is missing or has other rows than the task
 */
export async function scorePublished(folder: string, tasks: readonly Task[]): Promise<Result> {
  const detector = basename(folder);
  const judgements: Judgement[] = [];
  for (const { test } of tasks) {
    const file = `${detector}_${basename(test.name)}.csv`;
    judgements.push(await readScores(join(folder, dirname(test.name), file), test.count));
  }
  return { detector, ...nabProtocol.score(tasks, judgements) };
}

async function readScores(path: string, count: number): Promise<Judgement> {
  const fault = (message: string, cause?: unknown) =>
    new UsageFault(message, {
      op: 'evaluate.published',
      hint: 'Give the folder of one detector in the results of github.com/numenta/NAB.',
      cause,
    });
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw fault(`cannot read ${path}`, cause);
  });
  const [head = '', ...lines] = text.trimEnd().split(/\r?\n/);
  const index = head.split(',').indexOf('anomaly_score');
  const scores = Float64Array.from(lines, (line) => Number(line.split(',')[index]));
  if (scores.length !== count || scores.some(Number.isNaN)) {
    throw fault(`${path} does not hold ${count} anomaly scores`);
  }
  return { scores, anomalies: new Uint8Array(count) };
}
