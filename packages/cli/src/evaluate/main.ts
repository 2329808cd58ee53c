/** The evaluation alone, for work on the detectors: `node --conditions=source main.ts SET --data DIR`. */
import { parseArgs } from 'node:util';
import { errorMessage, UsageFault } from '@fernsight/base';
import { runEvaluation, SETS } from './evaluation.ts';
import { printEvaluation } from './printer.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string' },
    detector: { type: 'string' },
    seed: { type: 'string' },
    json: { type: 'boolean' },
    parts: { type: 'boolean' },
    published: { type: 'string', multiple: true },
    'device-weeks': { type: 'string' },
  },
});

try {
  const set = SETS.find((name) => name === positionals[0]);
  if (set === undefined || (values.data === undefined && set !== 'false_alarms')) {
    throw new UsageFault('usage: main.ts SET --data DIR [--detector NAME] [--parts] [--json]', {
      op: 'evaluate',
      hint: `SET is one of ${SETS.join(', ')}.`,
    });
  }
  const report = await runEvaluation({
    set,
    dataDir: values.data ?? '',
    detector: values.detector,
    seed: Number(values.seed ?? 1),
    deviceWeeks: Number(values['device-weeks'] ?? 2),
    published: values.published,
    progress: (line) => process.stderr.write(`\r\x1b[K${line}`),
  });
  process.stderr.write('\r\x1b[K');
  const text = printEvaluation(report, { parts: values.parts ?? false });
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : text);
} catch (error) {
  process.stderr.write(`\r\x1b[K${errorMessage(error)}\n`);
  if (error instanceof UsageFault) process.stderr.write(`${error.hint ?? ''}\n`);
  process.exitCode = 2;
}
