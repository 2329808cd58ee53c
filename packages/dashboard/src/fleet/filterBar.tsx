/** Search and choices over the fleet; every change goes into the address. */
import { formatCount } from '../frame/format.ts';
import { adjust, usePage } from '../frame/page.ts';
import { Segments } from '../frame/segments.tsx';
import { type FleetFilter, sitesOf } from './filter.ts';

const STANDINGS = [
  { value: 'all', words: 'All' },
  { value: 'alarm', words: 'In alarm' },
  { value: 'offline', words: 'Offline' },
  { value: 'quiet', words: 'Normal' },
] as const;

export function FilterBar({ filter, foundCount }: { filter: FleetFilter; foundCount: number }) {
  const page = usePage();
  const fleet = page.fleet.value;
  const sites = sitesOf(fleet);
  const change = (part: Partial<FleetFilter>) =>
    adjust(page, { page: 'fleet', filter: { ...filter, ...part } });
  return (
    <search class="controls">
      <input
        type="search"
        aria-label="Search devices, sites, sensors"
        placeholder="Search devices, sites, sensors"
        value={filter.search}
        onInput={(event) => change({ search: event.currentTarget.value })}
      />
      <Segments
        label="Standing"
        choices={STANDINGS}
        chosen={filter.standing}
        onChoose={(standing) => change({ standing })}
      />
      {sites.length > 0 && (
        <select
          aria-label="Site"
          value={filter.site}
          onChange={(event) => change({ site: event.currentTarget.value })}
        >
          <option value="">All sites</option>
          {sites.map((site) => (
            <option key={site}>{site}</option>
          ))}
        </select>
      )}
      <span class="soft small" role="status">
        {foundCount === fleet.devices.size
          ? `${formatCount(foundCount)} devices`
          : `${formatCount(foundCount)} of ${formatCount(fleet.devices.size)} devices`}
      </span>
    </search>
  );
}
