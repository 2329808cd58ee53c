/** Which anomalies the table lists; kept in the address. */
import type { KindName } from '@fernsight/wire';
import { type AnomalyKind, isKind } from './kinds.ts';

export interface AnomalyFilter {
  /** a device's whole name; empty: all */
  readonly device: string;
  readonly kind: AnomalyKind | 'all';
  /** how far back, microseconds; 0: without end */
  readonly sinceUs: number;
  readonly show: AnomalyView;
}

/** Readings at which an alarm began, every marked reading, or those that people's feedback keeps quiet. */
export type AnomalyView = 'alarms' | 'marks' | 'quiet';

export const VIEWS = [
  { value: 'alarms', words: 'Alarms' },
  { value: 'marks', words: 'All marks' },
  { value: 'quiet', words: 'Kept quiet' },
] as const;

export const ALL_ALARMS: AnomalyFilter = { device: '', kind: 'all', sinceUs: 0, show: 'alarms' };

interface Since {
  readonly name: string;
  readonly words: string;
  readonly us: number;
}

const HOUR_US = 3_600_000_000;
export const SINCE: readonly Since[] = [
  { name: '1h', words: 'last hour', us: HOUR_US },
  { name: '1d', words: 'last day', us: 24 * HOUR_US },
  { name: '7d', words: 'last week', us: 168 * HOUR_US },
];

export const MARKS_OF_HOUR: AnomalyFilter = { ...ALL_ALARMS, sinceUs: HOUR_US, show: 'marks' };

export function parseAnomalyFilter(query: URLSearchParams): AnomalyFilter {
  const kind = query.get('kind') ?? '';
  return {
    device: query.get('device') ?? '',
    kind: isKind(kind) ? kind : 'all',
    sinceUs: SINCE.find(({ name }) => name === query.get('since'))?.us ?? 0,
    show: viewOf(query.get('show')),
  };
}

function viewOf(text: string | null): AnomalyView {
  return text === 'marks' || text === 'quiet' ? text : 'alarms';
}

/** @returns only what differs from listing all alarms */
export function anomalyQuery(filter: AnomalyFilter): Record<string, string> {
  const since = SINCE.find(({ us }) => us === filter.sinceUs);
  return {
    ...(filter.device === '' ? {} : { device: filter.device }),
    ...(filter.kind === 'all' ? {} : { kind: filter.kind }),
    ...(since === undefined ? {} : { since: since.name }),
    ...(filter.show === 'alarms' ? {} : { show: filter.show }),
  };
}

/** What the list asks of the server. */
export interface Wanted {
  readonly device?: string;
  readonly kind?: KindName;
  readonly alarms?: true;
  readonly suppressed?: true;
  readonly fromUs?: number;
  readonly toUs?: number;
}

export function viewWanted(view: AnomalyView): Pick<Wanted, 'alarms' | 'suppressed'> {
  if (view === 'alarms') return { alarms: true };
  return view === 'quiet' ? { suppressed: true } : {};
}

export function wantedBy(filter: AnomalyFilter, nowUs: number): Wanted {
  return {
    ...(filter.device === '' ? {} : { device: filter.device }),
    ...(filter.kind === 'all' ? {} : { kind: filter.kind }),
    ...viewWanted(filter.show),
    ...(filter.sinceUs === 0 ? {} : { fromUs: Math.round(nowUs - filter.sinceUs) }),
  };
}
