/** The fleet: tiles, the map, and cards of what is filtered, worst first. */

import type { FleetDevice } from '@fernsight/wire';
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { adjust, usePage } from '../frame/page.ts';
import { CARDS_STEP } from '../limits.ts';
import { DeviceCard } from './deviceCard.tsx';
import { EmptyFleet } from './emptyFleet.tsx';
import { ALL_DEVICES, type FleetFilter, matching } from './filter.ts';
import { FilterBar } from './filterBar.tsx';
import { standing, worstFirst } from './fleet.ts';
import { FleetMap } from './fleetMap.tsx';
import { Tiles } from './tiles.tsx';

export function FleetPage({ filter }: { filter: FleetFilter }) {
  const page = usePage();
  const fleet = page.fleet.value;
  const found = matching(fleet, filter);
  if (fleet.devices.size === 0) return <EmptyFleet />;
  return (
    <div class="fleet">
      <h1 class="hidden">Fleet</h1>
      <Tiles />
      <FleetMap shown={found} filter={filter} />
      <FilterBar filter={filter} foundCount={found.length} />
      {found.length === 0 ? (
        <p class="panel notice">
          No device matches.{' '}
          <button
            type="button"
            onClick={() => adjust(page, { page: 'fleet', filter: ALL_DEVICES })}
          >
            Show all
          </button>
        </p>
      ) : (
        <Cards found={found} />
      )}
    </div>
  );
}

/** Under the pointer or the focus the cards keep their places: nobody aims at a thing that moves. */
function Cards({ found }: { found: readonly FleetDevice[] }) {
  const fleet = usePage().fleet.value;
  const grid = useRef<HTMLDivElement>(null);
  const shownMax = useSignal(CARDS_STEP);
  const places = useRef<readonly string[]>([]);
  const ordered = worstFirst(fleet, found);
  const isHeld = grid.current?.matches(':hover, :focus-within') === true;
  const shown = isHeld ? keepPlaces(places.current, ordered) : ordered;
  const cards = shown.slice(0, shownMax.value);
  places.current = cards.map(({ device }) => device);
  return (
    <>
      <div class="cards" ref={grid}>
        {cards.map((device) => (
          <DeviceCard key={device.device} device={device} stands={standing(fleet, device)} />
        ))}
      </div>
      {shown.length > cards.length && (
        <p class="more">
          <button type="button" onClick={() => (shownMax.value += CARDS_STEP)}>
            Show {Math.min(CARDS_STEP, shown.length - cards.length)} more of{' '}
            {shown.length - cards.length}
          </button>
        </p>
      )}
    </>
  );
}

/** @returns `ordered` with those of `places` first, where they were */
function keepPlaces(places: readonly string[], ordered: readonly FleetDevice[]): FleetDevice[] {
  const byName = new Map(ordered.map((device) => [device.device, device]));
  const kept = places.flatMap((name) => byName.get(name) ?? []);
  const isKept = new Set(places);
  return [...kept, ...ordered.filter(({ device }) => !isKept.has(device))];
}
