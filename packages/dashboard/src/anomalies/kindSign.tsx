/** The shape of a kind of anomaly, beside its word or alone with the word for those who do not see it. */
import type { KindName } from '@fernsight/wire';
import { isKind, KINDS } from './kinds.ts';

export function KindSign({ kind }: { kind: KindName }) {
  if (!isKind(kind)) return null;
  return (
    <svg class="kind-sign" viewBox="0 0 12 12" aria-hidden="true">
      <path d={KINDS[kind].path} />
    </svg>
  );
}
