/** `fernsight train` at work: readings of files -> model -> report. */
import { createHash } from 'node:crypto';
import { createRng, UsageFault } from '@fernsight/base';
import { encodeModel, ModelError, type SensorModel, Training } from '@fernsight/detect';
import { renderReport } from '../evaluate/report.ts';
import { JudgedRows } from './judgedRows.ts';
import { type FileColumns, type LeftOut, readReadings } from './readings.ts';

export interface TrainingJob {
  readonly sensor: string;
  readonly data: readonly string[];
  /** judged for the report; empty: the training files themselves */
  readonly test: readonly string[];
  readonly columns: FileColumns;
  readonly seed: number;
  /** told how far it is */
  readonly progress: (line: string) => void;
}

export interface Trained {
  readonly model: SensorModel;
  readonly bytes: Uint8Array;
  /** HTML */
  readonly report: string;
  /** rows of the files that are no readings */
  readonly leftOut: LeftOut;
}

/** Readings between two lines of progress. */
const PROGRESS_READINGS = 50_000;

/** @throws UsageFault where a file cannot be read or the readings are too few */
export async function runTraining(job: TrainingJob): Promise<Trained> {
  const leftOut = { count: 0, first: '' };
  const model = await train(job, leftOut);
  const bytes = encodeModel(model);
  // rows that were left out of the training are not counted again where the same files are judged
  const judged = await judge(job, model, job.test.length > 0 ? leftOut : { count: 0, first: '' });
  const hash = createHash('sha256').update(bytes).digest('hex');
  const report = renderReport({
    sensor: job.sensor,
    facts: [
      ['model', hash],
      ['size', `${bytes.length.toLocaleString('en')} bytes`],
      [
        'trained on',
        `${model.readingCount.toLocaleString('en')} readings of ${model.seriesCount} series`,
      ],
      ['rows kept', model.rowCount.toLocaleString('en')],
      ['training files', job.data.join(', ')],
      ['judged files', judgedFiles(job).join(', ')],
      ...leftOutFacts(leftOut),
      ['seed', String(job.seed)],
    ],
    rows: judged.rows(judgedFiles(job).join(', ')),
    judgement: judged.judgement(),
    threshold: judged.threshold,
    labelled: judged.labelled,
    judged: job.test.length > 0 ? 'held out' : 'training rows',
  });
  return { model, bytes, report, leftOut };
}

function leftOutFacts({ count, first }: LeftOut): [string, string][] {
  return count === 0 ? [] : [['rows left out', `${count.toLocaleString('en')}, first ${first}`]];
}

async function train(job: TrainingJob, leftOut: LeftOut): Promise<SensorModel> {
  const rng = createRng(job.seed);
  try {
    const training = new Training({ sensorType: job.sensor, random: () => rng.next() });
    for (const file of job.data) {
      training.begin();
      let readings = 0;
      for await (const { tsUs, value } of readReadings(file, job.columns, leftOut)) {
        training.take(tsUs, value);
        if (++readings % PROGRESS_READINGS === 0) job.progress(`${file}: ${readings} readings`);
      }
    }
    job.progress('growing the trees');
    return training.finish();
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw new UsageFault(error.message, { op: error.op, cause: error });
  }
}

async function judge(job: TrainingJob, model: SensorModel, leftOut: LeftOut): Promise<JudgedRows> {
  const judged = new JudgedRows(model);
  for (const file of judgedFiles(job)) {
    job.progress(`judging ${file}`);
    judged.begin();
    for await (const reading of readReadings(file, job.columns, leftOut)) judged.take(reading);
  }
  return judged;
}

function judgedFiles({ data, test }: TrainingJob): readonly string[] {
  return test.length > 0 ? test : data;
}
