/**
 * Where the viewer is, in the fragment of the address: `#/`, `#/devices/pump-4?span=1d`, `#/anomalies?kind=drift`. A
 * fragment needs nothing from the server, and a link to it can be shared.
 */
import {
  type AnomalyFilter,
  anomalyQuery,
  parseAnomalyFilter,
} from '../anomalies/anomalyFilter.ts';
import { parseRange, type Range, rangeQuery } from '../device/range.ts';
import { type FleetFilter, filterQuery, parseFilter } from '../fleet/filter.ts';

export type Address =
  | { readonly page: 'fleet'; readonly filter: FleetFilter }
  | { readonly page: 'device'; readonly device: string; readonly range: Range }
  | { readonly page: 'anomalies'; readonly filter: AnomalyFilter }
  | { readonly page: 'incidents' }
  | { readonly page: 'models'; readonly sensorType: string; readonly version: string }
  | { readonly page: 'settings' }
  | { readonly page: 'unknown'; readonly path: string };

/** @param hash with or without its `#` */
export function parseAddress(hash: string): Address {
  const [path = '', search = ''] = hash.replace(/^#/, '').split('?', 2);
  const query = new URLSearchParams(search);
  const parts = path.split('/').filter(Boolean);
  if (parts.length === 0) return { page: 'fleet', filter: parseFilter(query) };
  if (parts[0] === 'anomalies') return { page: 'anomalies', filter: parseAnomalyFilter(query) };
  if (parts[0] === 'incidents') return { page: 'incidents' };
  if (parts[0] === 'models') {
    return {
      page: 'models',
      sensorType: decode(parts[1]) ?? '',
      version: query.get('version') ?? '',
    };
  }
  if (parts[0] === 'settings') return { page: 'settings' };
  const device = parts[0] === 'devices' ? decode(parts[1]) : undefined;
  if (device !== undefined) return { page: 'device', device, range: parseRange(query) };
  return { page: 'unknown', path };
}

function decode(part: string | undefined): string | undefined {
  try {
    return part === undefined ? undefined : decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

export function formatAddress(address: Address): string {
  switch (address.page) {
    case 'fleet':
      return join('#/', filterQuery(address.filter));
    case 'device':
      return join(`#/devices/${encodeURIComponent(address.device)}`, rangeQuery(address.range));
    case 'anomalies':
      return join('#/anomalies', anomalyQuery(address.filter));
    case 'incidents':
      return '#/incidents';
    case 'models':
      return modelsAddress(address);
    case 'settings':
      return '#/settings';
    case 'unknown':
      return `#${address.path}`;
  }
}

function modelsAddress({ sensorType, version }: Address & { page: 'models' }): string {
  if (sensorType === '') return '#/models';
  return join(`#/models/${encodeURIComponent(sensorType)}`, version === '' ? {} : { version });
}

function join(path: string, query: Record<string, string>): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? path : `${path}?${text}`;
}
