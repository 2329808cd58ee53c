/** The server's settings in the units that people think in. */
import type { ChangeSettings, ServerSettings } from '@fernsight/wire';

export type SettingName = Exclude<keyof ServerSettings, 'changed' | 'pruneDeletes'>;

interface Setting {
  readonly name: SettingName;
  readonly words: string;
  readonly unit: string;
  /** of the server's unit in one of ours */
  readonly factor: number;
  readonly min: number;
}

const DAY_MS = 86_400_000;

export const SETTINGS: readonly Setting[] = [
  {
    name: 'offlineAfterMs',
    words: 'Offline after',
    unit: 'seconds of silence',
    factor: 1000,
    min: 1,
  },
  {
    name: 'pruneAfterMs',
    words: 'Leaves the fleet after',
    unit: 'days',
    factor: DAY_MS,
    min: 0.001,
  },
  { name: 'rawRetentionDays', words: 'Single readings kept', unit: 'days', factor: 1, min: 1 },
  { name: 'minuteRetentionDays', words: 'Minutes kept', unit: 'days', factor: 1, min: 1 },
  { name: 'hourRetentionDays', words: 'Hours kept', unit: 'days', factor: 1, min: 1 },
  {
    name: 'storeBytesMax',
    words: 'Storage at most',
    unit: 'GB, else as the disk allows',
    // decimal, as --store-max reads it
    factor: 1e9,
    min: 0.016,
  },
];

/** @returns the number in people's unit, or an empty text where the server has none */
export function settingText({ name, factor }: Setting, held: ServerSettings): string {
  const value = held[name];
  return value === null ? '' : String(Number((value / factor).toPrecision(6)));
}

/**
 * @param wanted what was typed, by setting
 * @returns only what differs from what holds, in the server's units; undefined where something typed is no number
 */
export function settingBody(
  wanted: Readonly<Partial<Record<SettingName, string>>>,
  held: ServerSettings,
): ChangeSettings | undefined {
  const body: Partial<Record<SettingName, number | null>> = {};
  for (const setting of SETTINGS) {
    const { name, factor } = setting;
    const text = wanted[name]?.trim();
    if (text === undefined || text === settingText(setting, held)) continue;
    if (text === '') {
      if (name !== 'storeBytesMax') return undefined;
      body[name] = null;
      continue;
    }
    const value = Number(text) * factor;
    if (!Number.isFinite(value) || value <= 0) return undefined;
    body[name] = factor === 1 ? value : Math.round(value);
  }
  return body;
}
