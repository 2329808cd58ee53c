/** Where a history has holes: what is stored there is damaged. */
import type { HistoryReply } from '@fernsight/wire';
import { formatCount, formatMoment } from '../frame/format.ts';

export type Holes = NonNullable<HistoryReply['unreadable']>;

/** @returns what the reader of a chart is told of readings that its server holds and cannot read; '' where there are none */
export function holeWords(holes: Holes): string {
  const [first] = holes;
  if (first === undefined) return '';
  const more = holes.length - 1;
  const others =
    more === 0 ? '' : `, nor can ${formatCount(more)} more ${more === 1 ? 'stretch' : 'stretches'}`;
  return `${formatMoment(first.fromUs)} to ${formatMoment(first.toUs)} cannot be read${others}: what is stored is damaged`;
}
