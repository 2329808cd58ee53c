/** The words of a notice: one incident, or many of one cause that began, or ended, together. */
import { unreachable } from '@fernsight/base';
import type { Cause, Notice } from '@fernsight/wire';

export type NoticeIncident = Notice['incidents'][number];

/** What a notice tells of: incidents of one cause, at least one. */
export interface Told extends Pick<Notice, 'event' | 'cause' | 'count'> {
  /** the oldest of them */
  readonly named: NoticeIncident[];
}

export function createNotice(
  { event, cause, count, named }: Told,
  tsUs: number,
): Omit<Notice, 'id'> {
  const title = titleOf({ event, cause, count, named });
  return { event, cause, tsUs, count, title, incidents: named };
}

/** @returns what the test button sends */
export function testNotice(tsUs: number): Omit<Notice, 'id'> {
  const title = 'This is a test: notices of Fernsight arrive here.';
  return { event: 'test', cause: 'anomaly', tsUs, count: 0, title, incidents: [] };
}

function titleOf({ event, cause, count, named }: Told): string {
  const [first] = named;
  const prefix = event === 'again' ? 'Still: ' : event === 'resolved' ? 'Over: ' : '';
  if (count === 1 && first !== undefined) {
    return `${prefix}${first.device}: ${first.sentence}`;
  }
  return `${prefix}${count} devices ${plural(cause)}`;
}

function plural(cause: Cause): string {
  switch (cause) {
    case 'anomaly':
      return 'have anomalies';
    case 'sensorFault':
      return 'have sensors that may be at fault';
    case 'silent':
      return 'are silent';
    default:
      return unreachable(cause);
  }
}
