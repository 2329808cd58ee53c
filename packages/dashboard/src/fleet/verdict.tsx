/** The verdict on a reading in a word or two, and its score: what the cards and the device page show beside a value. */
import type { KindName, LatestPoint } from '@fernsight/wire';
import { KindSign } from '../anomalies/kindSign.tsx';
import { isKind, KINDS } from '../anomalies/kinds.ts';
import { formatScore } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { alarmKind } from './fleet.ts';

type Tone = 'alarm' | 'mark' | 'calm';

function toneOf(point: LatestPoint): Tone {
  if (point.alarm) return 'alarm';
  return point.anomaly ? 'mark' : 'calm';
}

export function wordOf(point: LatestPoint, kind: KindName = point.kind): string {
  if (isKind(kind)) return KINDS[kind].word;
  if (point.alarm) return 'In alarm';
  if (point.anomaly) return 'Unusual';
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

/** The score is that of this reading; while an alarm outlasts what raised it, its kind alone is said. */
export function VerdictWords({ device, point }: { device: string; point: LatestPoint }) {
  const kind = alarmKind(usePage().fleet.value, device, point);
  const isAfter = point.alarm && !point.anomaly;
  const isScored = point.score !== null && (point.stage === 'ready' || point.anomaly);
  return (
    <span class={`verdict ${toneOf(point)}`}>
      {kind !== 'none' && <KindSign kind={kind} />} {wordOf(point, kind)}
      {isScored && !isAfter && ` ${formatScore(point.score ?? 0)}`}
    </span>
  );
}
