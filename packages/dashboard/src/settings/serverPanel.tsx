/** What holds on the server: when a device counts as offline, how long readings are kept, how much room they may take. */
import type { ChangeSettings, ServerSettings, StorageReply } from '@fernsight/wire';
import { useSignal } from '@preact/signals';
import { useCallback } from 'preact/hooks';
import { may } from '../access/session.ts';
import { useDeed } from '../access/useDeed.ts';
import { formatBytes, formatCount } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { useAnswer } from '../frame/useAnswer.ts';
import { SETTINGS, type SettingName, settingBody, settingText } from './serverSettings.ts';

export function ServerPanel() {
  const page = usePage();
  const { client } = page;
  const settings = useAnswer(
    useCallback((signal) => client.call('settings', { signal }), [client]),
  );
  const storage = useAnswer(useCallback((signal) => client.call('storage', { signal }), [client]));
  const deed = useDeed(async () => {
    await Promise.all([settings.again(), storage.again()]);
  });
  const held = settings.value.value;
  return (
    <section
      class="panel"
      aria-labelledby="server-title"
      aria-busy={settings.isAsking.value || storage.isAsking.value}
    >
      <div class="panel-head">
        <h2 id="server-title">Timeouts, retention and storage</h2>
        <span class="fault small" role="alert">
          {deed.fault.value || settings.fault.value}
        </span>
      </div>
      {storage.value.value && <StorageState storage={storage.value.value} />}
      {held && (
        <SettingsForm
          key={JSON.stringify(held)}
          held={held}
          isFixed={!may(page, 'admin')}
          onChange={(body) => void deed.run(() => client.call('changeSettings', { body }))}
        />
      )}
    </section>
  );
}

/** Of fewer the empty store is the larger part. */
const TELLING_READINGS = 100_000;

function StorageState({ storage }: { storage: StorageReply }) {
  const { bytes, bytesMax, readingCount, bytesPerReading } = storage;
  return (
    <p class="note small storage">
      <progress aria-label="Storage used" max={bytesMax} value={bytes} />
      <span>
        {formatBytes(bytes)} of {formatBytes(bytesMax)}, {formatCount(readingCount)}{' '}
        {readingCount === 1 ? 'reading' : 'readings'}
        {bytesPerReading !== undefined &&
          readingCount >= TELLING_READINGS &&
          ` at ${bytesPerReading.toFixed(1)} bytes each`}
      </span>
      <span class="soft">{forecastWords(storage)}</span>
      {isDamaged(storage) && <span class="fault">{damageWords(storage)}</span>}
    </p>
  );
}

function isDamaged({ damaged: { journalRows, series } }: StorageReply): boolean {
  return journalRows > 0 || series > 0;
}

function damageWords({ damaged: { journalRows, series } }: StorageReply): string {
  const rows = journalRows === 1 ? 'row of the journal is' : 'rows of the journal are';
  const parts = [
    ...(journalRows === 0 ? [] : [`${formatCount(journalRows)} ${rows} set aside`]),
    ...(series === 0 ? [] : [`a part of ${formatCount(series)} series cannot be read`]),
  ];
  return `damaged: ${parts.join(', ')}`;
}

function forecastWords({ bytesPerDay, fullInDays }: StorageReply): string {
  if (fullInDays === 0) return 'full: the oldest single readings go';
  if (fullInDays !== null) {
    const days = fullInDays < 1.5 ? 'a day' : `${formatCount(Math.round(fullInDays))} days`;
    return `full in ${days} at the present rate; then the oldest single readings go`;
  }
  if (bytesPerDay === undefined) return 'when it will be full is known an hour after the start';
  return 'retention makes room before it is full';
}

interface SettingsFormProps {
  readonly held: ServerSettings;
  readonly isFixed: boolean;
  readonly onChange: (body: ChangeSettings) => void;
}

function SettingsForm({ held, isFixed, onChange }: SettingsFormProps) {
  const wanted = useSignal<Readonly<Partial<Record<SettingName, string>>>>({});
  const body = settingBody(wanted.value, held);
  const isChanged = body !== undefined && Object.keys(body).length > 0;
  const { changed } = held;
  return (
    <form
      class="form settings-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (isChanged) onChange(body);
      }}
    >
      {SETTINGS.map((setting) => (
        <label key={setting.name} class="field">
          <span>
            {setting.words}
            {held.changed.includes(setting.name) && <span class="soft"> (changed here)</span>}
          </span>
          <span class="measure">
            <input
              type="number"
              step="any"
              min={setting.min}
              disabled={isFixed}
              value={wanted.value[setting.name] ?? settingText(setting, held)}
              onInput={(event) => {
                wanted.value = { ...wanted.value, [setting.name]: event.currentTarget.value };
              }}
            />
            <span class="soft">{setting.unit}</span>
          </span>
        </label>
      ))}
      {!isFixed && (
        <span class="acts">
          <button type="submit" class="primary" disabled={!isChanged}>
            Save
          </button>
          {changed.length > 0 && (
            <button
              type="button"
              onClick={() => onChange(Object.fromEntries(changed.map((name) => [name, null])))}
            >
              Back to what is configured
            </button>
          )}
        </span>
      )}
    </form>
  );
}
