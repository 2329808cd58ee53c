/** Leads on through a list that the server hands out in parts, and back to its start. */
import type { Signal } from '@preact/signals';

interface PagerProps {
  /** where the part that is shown begins; undefined: at the start */
  readonly cursor: Signal<string | undefined>;
  /** where the next part begins; undefined: there is none */
  readonly next: string | undefined;
  /** on the buttons */
  readonly start: string;
  readonly on: string;
}

export function Pager({ cursor, next, start, on }: PagerProps) {
  const isFirst = cursor.value === undefined;
  if (isFirst && next === undefined) return null;
  return (
    <p class="note acts">
      <button type="button" disabled={isFirst} onClick={() => (cursor.value = undefined)}>
        {start}
      </button>
      <button type="button" disabled={next === undefined} onClick={() => (cursor.value = next)}>
        {on}
      </button>
    </p>
  );
}

/** @returns the part of the query that names a cursor */
export function from(cursor: string | undefined): { readonly cursor?: string } {
  return cursor === undefined ? {} : { cursor };
}
