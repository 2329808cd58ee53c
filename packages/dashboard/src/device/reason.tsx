/** Why a reading was judged as it was: kind, sentence, the evidence that weighed most. */
import type { Anomaly } from '@fernsight/wire';
import { KindSign } from '../anomalies/kindSign.tsx';
import { isKind, KINDS } from '../anomalies/kinds.ts';
import { evidenceWords } from './evidence.ts';

export function Reason({ anomaly }: { anomaly: Anomaly }) {
  return (
    <span class="reason">
      <KindChip anomaly={anomaly} />
      <span>{anomaly.sentence}</span>
      <Evidence anomaly={anomaly} />
    </span>
  );
}

export function KindChip({ anomaly }: { anomaly: Anomaly }) {
  const { kind } = anomaly;
  return (
    <span
      class={`chip ${anomaly.alarm ? 'alarm' : 'mark'}`}
      title={isKind(kind) ? KINDS[kind].meaning : ''}
    >
      <KindSign kind={kind} />
      {isKind(kind) ? KINDS[kind].word : 'Unusual'}
    </span>
  );
}

export function Evidence({ anomaly }: { anomaly: Anomaly }) {
  const parts = evidenceWords(anomaly.channels);
  if (anomaly.backfilled) parts.push('sent afterwards');
  return parts.length === 0 ? null : <span class="soft small">{parts.join(' · ')}</span>;
}
