/** The whole page: header, the page of the address, the bar that says when the line is down. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { DoorPage } from '../access/doorPage.tsx';
import { isShut } from '../access/session.ts';
import { SettingsPage } from '../access/settingsPage.tsx';
import { AnomaliesPage } from '../anomalies/anomaliesPage.tsx';
import { ALL_ALARMS } from '../anomalies/anomalyFilter.ts';
import { DevicePage } from '../device/devicePage.tsx';
import { ALL_DEVICES } from '../fleet/filter.ts';
import { standing } from '../fleet/fleet.ts';
import { FleetPage } from '../fleet/fleetPage.tsx';
import { IncidentsPage } from '../incidents/incidentsPage.tsx';
import { ModelsPage } from '../model/modelsPage.tsx';
import { formatAddress } from './address.ts';
import { Header } from './header.tsx';
import { KeysDialog } from './keysDialog.tsx';
import { Notice } from './notice.tsx';
import { goTo, type Page, usePage } from './page.ts';
import { shortcutOf } from './shortcut.ts';
import { StaleBar } from './staleBar.tsx';

export function App() {
  const page = usePage();
  const keysShown = useSignal(false);
  useTitle(page);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const key = shortcutOf(event);
      if (key === '?') keysShown.value = true;
      else if (key === 'f') goTo(page, { page: 'fleet', filter: ALL_DEVICES });
      else if (key === 'a') goTo(page, { page: 'anomalies', filter: ALL_ALARMS });
      else if (key === 'i') goTo(page, { page: 'incidents' });
      else if (key === 'm') goTo(page, { page: 'models', sensorType: '', version: '' });
      else if (key === '/') {
        event.preventDefault();
        document.querySelector<HTMLInputElement>('input[type=search]')?.focus();
      }
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [page, keysShown]);
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      <Header onKeys={() => (keysShown.value = true)} />
      <main id="main" tabIndex={-1} class={page.isStale.value ? 'stale' : ''}>
        <Content />
      </main>
      <StaleBar />
      {keysShown.value && <KeysDialog onClose={() => (keysShown.value = false)} />}
    </>
  );
}

function Content() {
  const page = usePage();
  const address = page.address.value;
  if (isShut(page)) return <DoorPage />;
  switch (address.page) {
    case 'fleet':
      return <FleetPage filter={address.filter} />;
    case 'device':
      return <DevicePage key={address.device} device={address.device} range={address.range} />;
    case 'anomalies':
      return <AnomaliesPage filter={address.filter} />;
    case 'incidents':
      return <IncidentsPage />;
    case 'models':
      return <ModelsPage sensorType={address.sensorType} version={address.version} />;
    case 'settings':
      return <SettingsPage />;
    case 'unknown':
      return (
        <Notice title="There is no such page">
          <p>
            Nothing lives at <code>{address.path}</code>.{' '}
            <a href={formatAddress({ page: 'fleet', filter: ALL_DEVICES })}>See the fleet</a>
          </p>
        </Notice>
      );
  }
}

/** Devices in alarm stand in the title: it is all that a tab shows. */
function useTitle(page: Page): void {
  const fleet = page.fleet.value;
  const address = page.address.value;
  let count = 0;
  for (const device of fleet.devices.values()) if (standing(fleet, device) === 'alarm') count++;
  const place = address.page === 'device' ? address.device : 'Fernsight';
  const title = count === 0 ? place : `(${count}) ${place}`;
  useEffect(() => {
    document.title = title;
  }, [title]);
}
