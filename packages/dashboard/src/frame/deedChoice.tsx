/** A choice of deeds, and the button that does the one chosen: a select alone would do what an arrow key passes over. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';

interface DeedChoiceProps {
  readonly label: string;
  /** what holds at present; absent: nothing does */
  readonly held?: string;
  /** what stands there while nothing holds, nor is chosen */
  readonly unchosen?: string;
  /** on the button */
  readonly deed: string;
  readonly isFixed?: boolean;
  /** @returns settles when it was done, or refused */
  readonly onDo: (choice: string) => Promise<unknown>;
  /** options; the value of none is empty where nothing holds */
  readonly children: ComponentChildren;
}

export function DeedChoice(props: DeedChoiceProps) {
  const { label, held = '', unchosen, deed, isFixed = false, onDo, children } = props;
  const chosen = useSignal<string | undefined>(undefined);
  const isDoing = useSignal(false);
  const shown = chosen.value ?? held;
  const act = async () => {
    isDoing.value = true;
    await onDo(shown);
    isDoing.value = false;
    chosen.value = undefined;
  };
  return (
    <>
      <select
        aria-label={label}
        value={shown}
        disabled={isFixed || isDoing.value}
        onChange={(event) => (chosen.value = event.currentTarget.value)}
      >
        {unchosen !== undefined && <option value="">{unchosen}</option>}
        {children}
      </select>
      {shown !== held && (
        <button type="button" disabled={isDoing.value} onClick={() => void act()}>
          {deed}
        </button>
      )}
    </>
  );
}
