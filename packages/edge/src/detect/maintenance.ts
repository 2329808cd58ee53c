/**
 * The maintenance windows that the cloud told: what is taken in one is judged, and nothing is learnt from it. Which readings
 * these were is a bit beside each in the outbox, so that a replay does not ask here (decisions/0043).
 */
import { covers } from '@fernsight/base';
import type { BatchReply, MaintenanceSpan } from '@fernsight/wire/agent';

/** Key of the outbox's state row that holds them. */
export const MAINTENANCE_KEY = 'maintenance';

type Told = NonNullable<BatchReply['maintenance']>;

export class Maintenance {
  #told: Told | undefined;

  /** @param row as `row` gave it, undefined where there is none */
  constructor(row: string | undefined) {
    // written by this class, in a file that only the agent writes
    if (row !== undefined) this.#told = JSON.parse(row) as Told;
  }

  /** the version of the windows, undefined where none were ever told */
  get version(): string | undefined {
    return this.#told?.version;
  }

  /** @returns them for the outbox */
  row(): string {
    return JSON.stringify(this.#told);
  }

  /** Puts these in place of those there were. */
  set(told: Told): void {
    this.#told = told;
  }

  /** @returns whether a window covers a reading of a device. O(windows) */
  covers(device: string, tsUs: number): boolean {
    const windows: readonly MaintenanceSpan[] = this.#told?.windows ?? [];
    return windows.some((one) => (one.device ?? device) === device && covers(one, tsUs));
  }
}
