/** Which devices are shown: a search and a few choices, kept in the address so that a view can be shared. */
import type { FleetDevice } from '@fernsight/wire';
import { type Fleet, type Standing, standing } from './fleet.ts';

export interface FleetFilter {
  /** words that must all occur in the device's name, site, agent or sensors; empty: all */
  readonly search: string;
  readonly standing: Standing | 'all';
  readonly site: string;
  /** what the map puts together */
  readonly group: Grouping;
}

export type Grouping = 'site' | 'sensors';

export const ALL_DEVICES: FleetFilter = { search: '', standing: 'all', site: '', group: 'site' };

const STANDINGS: readonly string[] = ['alarm', 'offline', 'quiet'] satisfies Standing[];

function isStanding(text: string): text is Standing {
  return STANDINGS.includes(text);
}

export function parseFilter(query: URLSearchParams): FleetFilter {
  const wanted = query.get('standing') ?? '';
  return {
    search: query.get('q') ?? '',
    standing: isStanding(wanted) ? wanted : 'all',
    site: query.get('site') ?? '',
    group: query.get('group') === 'sensors' ? 'sensors' : 'site',
  };
}

/** @returns only what differs from showing all */
export function filterQuery(filter: FleetFilter): Record<string, string> {
  return {
    ...(filter.search === '' ? {} : { q: filter.search }),
    ...(filter.standing === 'all' ? {} : { standing: filter.standing }),
    ...(filter.site === '' ? {} : { site: filter.site }),
    ...(filter.group === 'site' ? {} : { group: filter.group }),
  };
}

/** O(devices) */
export function matching(fleet: Fleet, filter: FleetFilter): FleetDevice[] {
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  return [...fleet.devices.values()].filter(
    (device) =>
      (filter.standing === 'all' || standing(fleet, device) === filter.standing) &&
      (filter.site === '' || device.site === filter.site) &&
      (words.length === 0 || hasWords(device, words)),
  );
}

function hasWords(device: FleetDevice, words: readonly string[]): boolean {
  const text = [device.device, device.site, device.parent, ...device.sensors.map((s) => s.sensor)]
    .join('\n')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

/** @returns the sites of the fleet in order; O(devices) */
export function sitesOf(fleet: Fleet): string[] {
  const sites = new Set<string>();
  for (const { site } of fleet.devices.values()) if (site !== undefined) sites.add(site);
  return [...sites].sort();
}
