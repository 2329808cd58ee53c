/** A choice of deeds, and the button that does the one chosen: a select alone would do what an arrow key passes over. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';

interface DeedChoiceProps {
  readonly label: string;
  /** what stands there while nothing is chosen */
  readonly unchosen: string;
  /** on the button */
  readonly deed: string;
  readonly onDo: (choice: string) => void;
  /** options; the value of none is empty */
  readonly children: ComponentChildren;
}

export function DeedChoice({ label, unchosen, deed, onDo, children }: DeedChoiceProps) {
  const chosen = useSignal('');
  const act = () => {
    onDo(chosen.peek());
    chosen.value = '';
  };
  return (
    <>
      <select
        aria-label={label}
        value={chosen.value}
        onChange={(event) => (chosen.value = event.currentTarget.value)}
      >
        <option value="">{unchosen}</option>
        {children}
      </select>
      {chosen.value !== '' && (
        <button type="button" onClick={act}>
          {deed}
        </button>
      )}
    </>
  );
}
