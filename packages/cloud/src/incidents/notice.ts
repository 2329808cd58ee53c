/** The words of a notice: one incident, or many of one cause that began, or ended, together. */
import { unreachable } from '@fernsight/base';
import type { Cause, Notice } from '@fernsight/wire';
import type { Untold } from './incidentRows.ts';
import { NOTICE_INCIDENTS_MAX } from './limits.ts';

/** @param incidents of one cause, at least one */
export function createNotice(
  event: Notice['event'],
  incidents: readonly Untold[],
  tsUs: number,
): Omit<Notice, 'id'> {
  const first = incidents[0];
  const cause = first?.cause ?? 'anomaly';
  const named = incidents.slice(0, NOTICE_INCIDENTS_MAX);
  return {
    event,
    cause,
    tsUs,
    count: incidents.length,
    title: titleOf(event, cause, incidents),
    incidents: named.map(({ id, device, openedUs, sentence }) => ({
      id,
      device,
      openedUs,
      sentence,
    })),
  };
}

/** @returns what the test button sends */
export function testNotice(tsUs: number): Omit<Notice, 'id'> {
  const title = 'This is a test: notices of Fernsight arrive here.';
  return { event: 'test', cause: 'anomaly', tsUs, count: 0, title, incidents: [] };
}

function titleOf(event: Notice['event'], cause: Cause, incidents: readonly Untold[]): string {
  const [first] = incidents;
  const prefix = event === 'again' ? 'Still: ' : event === 'resolved' ? 'Over: ' : '';
  if (incidents.length === 1 && first !== undefined) {
    return `${prefix}${first.device}: ${first.sentence}`;
  }
  return `${prefix}${incidents.length} devices ${plural(cause)}`;
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
