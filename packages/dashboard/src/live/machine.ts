/**
 * What the page asks of the machine it runs on. Time, chance, network and storage come in here as an argument, so that
 * everything behind it runs in a test with a clock that is moved by hand; `main.tsx` alone hands in the real ones.
 */

export interface Machine {
  /** wall time, microseconds since 1970 UTC */
  nowUs(): number;
  /** Resolves after `ms`, or at once when `signal` is aborted; it never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** uniform in [0, 1) */
  random(): number;
  readonly fetch: typeof fetch;
  readonly storage: Drawer;
}

/** The part of the browser's storage that the page uses. */
export type Drawer = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
