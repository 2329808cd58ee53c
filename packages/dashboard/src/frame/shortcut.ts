/**
 * Which keys are the page's own: not those that are typed into a field, and, where the viewer has switched them off, no
 * single characters at all: speech input and slips of the hand press them too (WCAG 2.1.4).
 */
import { signal as createSignal } from '@preact/signals';
import type { Drawer } from '../live/machine.ts';

const KEY = 'fernsight/keys';

/** whether single characters are shortcuts */
export const areKeysOn = createSignal(true);

export function watchKeys(storage: Drawer): void {
  areKeysOn.value = storage.getItem(KEY) !== 'off';
  areKeysOn.subscribe((isOn) => storage.setItem(KEY, isOn ? 'on' : 'off'));
}

/** @returns the key, or undefined where it is not meant for the page */
export function shortcutOf(event: KeyboardEvent): string | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  if (event.key.length === 1 && !areKeysOn.peek()) return undefined;
  const { target } = event;
  const isTyped = target instanceof Element && target.closest('input, select, textarea, dialog');
  return isTyped ? undefined : event.key;
}
