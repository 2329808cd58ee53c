/**
 * The check of the store by the calendar: what was damaged years ago is found while backups from before it are still kept.
 * It reads everything once, beside whatever the server does; who asks to stop waits for one step of it, the longest of
 * which is SQLite's check of the largest table.
 */
import type { Log, Probe } from '@fernsight/base';
import { inspect } from '../store/sqlite/inspector.ts';
import type { Whole } from '../store/sqlite/integrity.ts';
import type { Job } from './scheduler.ts';

/** Sundays before dawn, after backup and drift, in a second in which no other job begins. */
const TIMES = '12 35 4 * * 0';

export interface CheckOptions {
  readonly dataDir: string;
  readonly log: Log;
  readonly threads: boolean;
  readonly probe?: Probe | undefined;
}

export function checkJob({ dataDir, ...options }: CheckOptions): Job {
  const run = async (signal: AbortSignal): Promise<string> => {
    const whole = await inspect({ dir: dataDir, isServed: true }, { ...options, signal });
    return whole === undefined ? 'stopped before all was read' : wordsOf(whole);
  };
  return { name: 'check', times: TIMES, run };
}

function wordsOf({ databases, chunk, journal, pastAnomaly }: Whole): string {
  const [chunks, rows, blocks] = [chunk, journal, pastAnomaly].map((n) => n.toLocaleString('en'));
  return `${databases} databases, ${chunks} chunks, ${rows} rows of the journal and ${blocks} blocks of anomalies are whole`;
}
