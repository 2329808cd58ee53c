/** Asks again every so often, for as long as a component stands. */
import { useEffect } from 'preact/hooks';
import { usePage } from './page.ts';

/** @param again stays the same between renders */
export function useFollow(again: () => Promise<void>, everyMs: number): void {
  const { machine } = usePage();
  useEffect(() => {
    const gone = new AbortController();
    const follow = async () => {
      while (!gone.signal.aborted) {
        await machine.sleep(everyMs, gone.signal);
        if (!gone.signal.aborted) await again();
      }
    };
    void follow();
    return () => gone.abort();
  }, [machine, again, everyMs]);
}
