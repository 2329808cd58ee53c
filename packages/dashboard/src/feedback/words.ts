/** What people say of verdicts, in words. */
import type { Label, Recurrence } from '@fernsight/wire';

export const LABEL_WORDS: Readonly<Record<Label, string>> = {
  real: 'Real',
  notAnomaly: 'Not an anomaly',
};

interface RecurrenceWords {
  readonly recurrence: Recurrence;
  /** in the choice, and in the list of what is quiet */
  readonly choice: string;
  readonly holds: string;
}

export const RECURRENCES: readonly RecurrenceWords[] = [
  {
    recurrence: 'weekly',
    choice: 'Quiet at this hour of the week',
    holds: 'around this hour of each week',
  },
  {
    recurrence: 'daily',
    choice: 'Quiet at this hour of every day',
    holds: 'around this hour of each day',
  },
  { recurrence: 'always', choice: 'Quiet at any time', holds: 'at any time' },
];

export function holdsWords(recurrence: Recurrence): string {
  return RECURRENCES.find((one) => one.recurrence === recurrence)?.holds ?? recurrence;
}
