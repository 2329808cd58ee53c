/** The keys that the pages understand. */
import { useEffect, useRef } from 'preact/hooks';
import { areKeysOn } from './shortcut.ts';

const KEYS: readonly (readonly [string, string])[] = [
  ['f', 'the fleet'],
  ['i', 'incidents'],
  ['a', 'anomalies'],
  ['m', 'models'],
  ['/', 'search'],
  ['← → ↑ ↓', 'move over the map; Enter opens the device'],
  ['+  −', 'on a device: zoom in, zoom out'],
  ['←  →', 'on a device: earlier, later'],
  ['0', 'on a device: back to now'],
  ['n  p', 'on a device: the next, the previous alarm'],
  ['?', 'this list'],
];

export function KeysDialog({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="keys-title">
      <h1 id="keys-title">Keyboard</h1>
      <dl>
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label class="toggle">
        <input
          type="checkbox"
          checked={areKeysOn.value}
          onChange={(event) => (areKeysOn.value = event.currentTarget.checked)}
        />{' '}
        Single letters and signs are shortcuts
      </label>
      <button type="button" onClick={() => dialog.current?.close()}>
        Close
      </button>
    </dialog>
  );
}
