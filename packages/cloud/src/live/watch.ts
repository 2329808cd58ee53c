/**
 * The watch: who is told of alarms and silences (incidents and what follows from them). Alarms come with the parcel that
 * brought them, once it is durable; silences once a second.
 */
import { type Clock, US_PER_MS, US_PER_SECOND } from '@fernsight/base';
import type { AlarmEdge } from '../worker/outcome.ts';
import type { Head, Silence } from './head.ts';

export interface Watch {
  onAlarm(edges: readonly AlarmEdge[]): void;
  onSilence(silences: readonly Silence[]): void;
}

/** Tells of silences until aborted. */
export async function watchSilence(
  watch: Watch,
  {
    head,
    clock,
    signal,
  }: { readonly head: Head; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(US_PER_SECOND / US_PER_MS, signal);
    const silences = head.takeSilences();
    if (silences.length > 0) watch.onSilence(silences);
  }
}
