/**
 * Light, dark, or as the system has it. The choice stands on the root element; the tokens in `styles/tokens.css` follow
 * its colour scheme. Canvas cannot use tokens, so their present values are read here whenever the scheme changes.
 */
import { signal as createSignal } from '@preact/signals';
import type { Drawer } from '../live/machine.ts';

export type Theme = 'system' | 'light' | 'dark';
const KEY = 'fernsight/theme';

export const theme = createSignal<Theme>('system');

const COLOURS = [
  'ink',
  'ink-soft',
  'line',
  'surface',
  'trace',
  'envelope',
  'band',
  'alarm',
  'mark',
  'offline',
  'quiet-0',
  'quiet-1',
  'accent',
] as const;
export type Palette = Readonly<Record<(typeof COLOURS)[number], string>>;

/** The tokens that canvases draw with, resolved. */
export const palette = createSignal<Palette>(readPalette());

export function watchTheme(storage: Drawer): void {
  const kept = storage.getItem(KEY);
  if (kept === 'light' || kept === 'dark') theme.value = kept;
  theme.subscribe((chosen) => {
    document.documentElement.dataset.theme = chosen;
    storage.setItem(KEY, chosen);
    palette.value = readPalette();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    palette.value = readPalette();
  });
}

/** Custom properties come back as they are written; a real property comes back resolved. */
function readPalette(): Palette {
  const probe = document.createElement('i');
  document.body.append(probe);
  const entries = COLOURS.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  return Object.fromEntries(entries);
}
