/** What a person says of a verdict or an incident: it was real, or it was no anomaly and its like shall be quiet. */
import type { GiveFeedback, Label, Recurrence } from '@fernsight/wire';
import { may } from '../access/session.ts';
import { DeedChoice } from '../frame/deedChoice.tsx';
import { usePage } from '../frame/page.ts';
import { LABEL_WORDS, RECURRENCES } from './words.ts';

/** A verdict, or an incident: then the verdicts that opened it. */
export type Subject =
  | { readonly device: string; readonly sensor: string; readonly tsUs: number }
  | { readonly incident: number };

interface FeedbackChoiceProps {
  /** for those who do not see what it stands beside */
  readonly words: string;
  readonly subject: Subject;
  readonly label?: Label | undefined;
  /** hands it to the server, and shows what became of it */
  readonly onGive: (feedback: GiveFeedback) => Promise<unknown>;
}

export function FeedbackChoice({ words, subject, label, onGive }: FeedbackChoiceProps) {
  const page = usePage();
  if (!may(page, 'operator')) return <LabelChip label={label} />;
  const give = (label: Label, recurrence: Recurrence = 'weekly') =>
    onGive({ ...subject, label, recurrence });
  return (
    <span class="acts">
      <LabelChip label={label} />
      <DeedChoice
        label={`Was it real? ${words}`}
        unchosen={label === undefined ? 'Was it real?' : 'Change'}
        deed="Say so"
        onDo={(choice) => {
          const chosen = RECURRENCES.find(({ recurrence }) => recurrence === choice);
          return chosen === undefined ? give('real') : give('notAnomaly', chosen.recurrence);
        }}
      >
        <option value="real">Real</option>
        <optgroup label="Not an anomaly">
          {RECURRENCES.map((one) => (
            <option key={one.recurrence} value={one.recurrence}>
              {one.choice}
            </option>
          ))}
        </optgroup>
      </DeedChoice>
    </span>
  );
}

function LabelChip({ label }: { label: Label | undefined }) {
  if (label === undefined) return null;
  return <span class={`chip ${label === 'real' ? 'alarm' : 'good'}`}>{LABEL_WORDS[label]}</span>;
}
