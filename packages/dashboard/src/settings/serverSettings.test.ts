import type { ServerSettings } from '@fernsight/wire';
import { describe, expect, it } from 'vitest';
import { SETTINGS, settingBody, settingText } from './serverSettings.ts';

const held: ServerSettings = {
  offlineAfterMs: 60_000,
  pruneAfterMs: 30 * 86_400_000,
  pruneDeletes: false,
  rawRetentionDays: 30,
  minuteRetentionDays: 365,
  hourRetentionDays: 1825,
  storeBytesMax: null,
  changed: [],
};

describe('settings', () => {
  it('are shown in the units that people think in', () => {
    const shown = SETTINGS.map((setting) => settingText(setting, held));
    expect(shown).toEqual(['60', '30', '30', '365', '1825', '']);
  });

  it('are sent where they differ from what holds, in the units of the server', () => {
    expect(settingBody({ offlineAfterMs: '60', rawRetentionDays: '7.5' }, held)).toEqual({
      rawRetentionDays: 7.5,
    });
    expect(settingBody({ storeBytesMax: '2', offlineAfterMs: '90' }, held)).toEqual({
      storeBytesMax: 2e9,
      offlineAfterMs: 90_000,
    });
    expect(settingBody({ storeBytesMax: '500' }, held)).toEqual({ storeBytesMax: 500e9 });
    const bounded = { ...held, storeBytesMax: 500e9 };
    expect(SETTINGS.map((setting) => settingText(setting, bounded)).at(-1)).toBe('500');
    expect(settingBody({ storeBytesMax: '' }, bounded)).toEqual({ storeBytesMax: null });
  });

  it('that are no number are not sent at all', () => {
    expect(settingBody({ offlineAfterMs: '', rawRetentionDays: '9' }, held)).toBeUndefined();
    expect(settingBody({ rawRetentionDays: '-1' }, held)).toBeUndefined();
  });
});
