/** Something done on the server at a person's wish: afterwards the list is asked for again, a refusal is shown. */
import { type Signal, useSignal } from '@preact/signals';
import { faultOf } from '../live/fault.ts';

export interface Deed {
  readonly fault: Signal<string>;
  /** @returns why it was refused, or an empty text */
  readonly run: (call: () => Promise<unknown>) => Promise<string>;
}

export function useDeed(after: () => Promise<void>): Deed {
  const fault = useSignal('');
  const run = async (call: () => Promise<unknown>) => {
    try {
      await call();
      fault.value = '';
    } catch (error) {
      fault.value = faultOf(error);
    }
    await after();
    return fault.value;
  };
  return { fault, run };
}
