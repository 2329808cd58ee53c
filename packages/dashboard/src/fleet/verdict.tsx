/** The verdict on a reading in a word or two, and its score: what the cards and the device page show beside a value. */
import type { LatestPoint } from '@fernsight/wire';
import { KindSign } from '../anomalies/kindSign.tsx';
import { isKind, KINDS } from '../anomalies/kinds.ts';
import { formatScore } from '../frame/format.ts';

type Tone = 'alarm' | 'mark' | 'calm';

function toneOf(point: LatestPoint): Tone {
  if (point.alarm) return 'alarm';
  return point.anomaly ? 'mark' : 'calm';
}

export function wordOf(point: LatestPoint): string {
  if (point.anomaly || point.alarm) return isKind(point.kind) ? KINDS[point.kind].word : 'Unusual';
  switch (point.stage) {
    case 'rules':
    case 'warming':
      return 'Warming up';
    case 'unscored':
      return 'Not judged';
    case 'foreign':
      return 'Not from its judge';
    case 'late':
      return 'Late';
    case 'future':
      return 'From the future';
    case 'ready':
      return 'Normal';
  }
}

export function VerdictWords({ point }: { point: LatestPoint }) {
  return (
    <span class={`verdict ${toneOf(point)}`}>
      {(point.anomaly || point.alarm) && <KindSign kind={point.kind} />} {wordOf(point)}
      {point.score !== null && ` ${formatScore(point.score)}`}
    </span>
  );
}
