/** The reason of a stored anomaly in one plain sentence, in the same words as the detector's own. */
import { CHANNELS, createVerdict, explain } from '@fernsight/detect';
import type { Anomaly } from '@fernsight/wire';
import { JOINT_SENSOR } from './registry.ts';

const verdict = createVerdict();

export function sentenceOf(anomaly: Omit<Anomaly, 'sentence'>): string {
  const { sensor, unit = '', value, channels } = anomaly;
  if (sensor === JOINT_SENSOR) {
    const names = channels.map(([name]) => name).filter((name) => name !== '');
    const heaviest = names.length === 0 ? '' : `, ${names.join(', ')} most of all`;
    return `the device's sensors do not fit together as they used to${heaviest}`;
  }
  verdict.score = anomaly.score;
  verdict.threshold = anomaly.threshold;
  verdict.anomaly = true;
  verdict.alarm = anomaly.alarm;
  verdict.kind = anomaly.kind;
  verdict.sensorFault = anomaly.sensorFault;
  verdict.expected = anomaly.expected ?? Number.NaN;
  verdict.lower = anomaly.lower ?? Number.NaN;
  verdict.upper = anomaly.upper ?? Number.NaN;
  verdict.stage = 'ready';
  for (let index = 0; index < verdict.channels.length; index++) {
    const name = channels[index]?.[0];
    verdict.channels[index] = CHANNELS.find((channel) => channel === name) ?? 'none';
  }
  return explain(verdict, { sensor, unit, value: value ?? Number.NaN });
}
