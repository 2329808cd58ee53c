/** Where one is, where one can go, and whether the line is live. */
import { isShut } from '../access/session.ts';
import { ALL_ALARMS } from '../anomalies/anomalyFilter.ts';
import { ALL_DEVICES } from '../fleet/filter.ts';
import { type Address, formatAddress } from './address.ts';
import { formatCount } from './format.ts';
import { usePage } from './page.ts';
import { type Theme, theme } from './theme.ts';

export function Header({ onKeys }: { onKeys: () => void }) {
  const isShown = !isShut(usePage());
  return (
    <header class="header">
      <a class="brand" href="#/" aria-label="Fernsight">
        <Sign />
        <span>Fernsight</span>
      </a>
      {isShown && <Places />}
      <div class="header-end">
        {isShown && <ConnectionState />}
        <button
          type="button"
          class="plain wide"
          title="Keyboard"
          aria-label="Keyboard"
          aria-keyshortcuts="?"
          onClick={onKeys}
        >
          ?
        </button>
        <ThemeButton />
      </div>
    </header>
  );
}

function Sign() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#1f5a41" />
      <path
        d="M6 21h4l3-10 4 14 3.5-9 1.5 5h4"
        fill="none"
        stroke="#d8f2df"
        stroke-width="2.6"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}

function Places() {
  const page = usePage();
  const here = page.address.value.page;
  const alarms = page.fleet.value.totals.alarmsHour;
  return (
    <nav class="nav" aria-label="Pages">
      <Place to={{ page: 'fleet', filter: ALL_DEVICES }} isHere={here === 'fleet'}>
        Fleet
      </Place>
      <Place to={{ page: 'incidents' }} isHere={here === 'incidents'}>
        Incidents
      </Place>
      <Place to={{ page: 'anomalies', filter: ALL_ALARMS }} isHere={here === 'anomalies'}>
        Anomalies
        {alarms > 0 && (
          <span class="count" title="alarms in the last hour">
            {formatCount(alarms)}
            <span class="hidden"> alarms in the last hour</span>
          </span>
        )}
      </Place>
      <Place to={{ page: 'models', sensorType: '', version: '' }} isHere={here === 'models'}>
        Models
      </Place>
      <Place to={{ page: 'settings' }} isHere={here === 'settings'}>
        Settings
      </Place>
    </nav>
  );
}

function Place(props: { to: Address; isHere: boolean; children: preact.ComponentChildren }) {
  return (
    <a href={formatAddress(props.to)} aria-current={props.isHere ? 'page' : undefined}>
      {props.children}
    </a>
  );
}

const WORDS = { live: 'Live', connecting: 'Connecting', waiting: 'Offline' } as const;

function ConnectionState() {
  const { state } = usePage().feed.connection.value;
  return (
    <span class={`connection ${state}`} role="status">
      <i aria-hidden="true" />
      <span>{WORDS[state]}</span>
    </span>
  );
}

const NEXT: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' };
/** A disc that is half, not or wholly dark. */
const SHADES: Readonly<Record<Theme, string>> = {
  system: 'M12 5a7 7 0 0 1 0 14Z',
  light: '',
  dark: 'M12 5a7 7 0 0 1 0 14a7 7 0 0 1 0-14Z',
};

function ThemeButton() {
  const chosen = theme.value;
  const words = `Colours: ${chosen}. Change to ${NEXT[chosen]}`;
  return (
    <button
      type="button"
      class="plain"
      title={words}
      aria-label={words}
      onClick={() => (theme.value = NEXT[chosen])}
    >
      <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
        <circle cx="12" cy="12" r="7.5" fill="none" stroke="currentColor" stroke-width="1.5" />
        <path d={SHADES[chosen]} fill="currentColor" />
      </svg>
    </button>
  );
}
