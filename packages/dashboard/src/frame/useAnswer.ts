/** What the server says to one question, for as long as a component shows it; of answers that cross, the last asked for wins. */
import { type ReadonlySignal, type Signal, useComputed, useSignal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { faultOf } from '../live/fault.ts';

export interface Answered<T> {
  /** undefined until the first answer */
  readonly value: Signal<T | undefined>;
  readonly fault: Signal<string>;
  /** neither an answer nor a fault so far; a section that says so with `aria-busy` is not seen before its page is whole */
  readonly isAsking: ReadonlySignal<boolean>;
  /** asks again; what is shown stays until the answer comes. The same function as long as the question is */
  readonly again: () => Promise<void>;
}

/** @param ask stays the same between renders */
export function useAnswer<T>(ask: (signal: AbortSignal) => Promise<T>): Answered<T> {
  const value = useSignal<T | undefined>(undefined);
  const fault = useSignal('');
  const turns = useRef({ asked: 0, shown: 0 });
  const again = useCallback(
    async (signal: AbortSignal = new AbortController().signal) => {
      const turn = ++turns.current.asked;
      const isLate = () => signal.aborted || turn < turns.current.shown;
      try {
        const answer = await ask(signal);
        if (isLate()) return;
        turns.current.shown = turn;
        value.value = answer;
        fault.value = '';
      } catch (error) {
        if (!isLate()) fault.value = faultOf(error);
      }
    },
    [ask, value, fault],
  );
  useEffect(() => {
    const gone = new AbortController();
    void again(gone.signal);
    return () => gone.abort();
  }, [again]);
  const once = useCallback(() => again(), [again]);
  const isAsking = useComputed(() => value.value === undefined && fault.value === '');
  return { value, fault, isAsking, again: once };
}
