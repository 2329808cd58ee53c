/** A form for one more way to tell people; what it asks for depends on the way. */
import type { AddChannel, Cause } from '@fernsight/wire';
import { useSignal } from '@preact/signals';
import { Field, Form } from '../access/field.tsx';
import { CAUSE_NAMES, CAUSE_WORDS } from '../incidents/incident.ts';
import { type ChannelKind, channelOf, isChannelKind, KIND_WORDS } from './channelTarget.ts';

/** @param onAdd returns why it was refused, or an empty text */
export function ChannelForm({ onAdd }: { onAdd: (body: AddChannel) => Promise<string> }) {
  const kind = useSignal<ChannelKind>('webhook');
  const causes = useSignal<readonly Cause[]>(CAUSE_NAMES);
  return (
    <Form action="Add" onSend={(text) => onAdd(channelOf(kind.value, [...causes.value], text))}>
      <label class="field">
        <span>Tell by</span>
        <select
          value={kind.value}
          onChange={(event) => {
            const { value } = event.currentTarget;
            if (isChannelKind(value)) kind.value = value;
          }}
        >
          {Object.entries(KIND_WORDS).map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <Field name="name" words="Name" autocomplete="off" />
      <TargetFields kind={kind.value} />
      <fieldset class="field checks">
        <legend>Of</legend>
        {CAUSE_NAMES.map((cause) => (
          <label key={cause}>
            <input
              type="checkbox"
              checked={causes.value.includes(cause)}
              onChange={(event) => {
                const rest = causes.value.filter((one) => one !== cause);
                causes.value = event.currentTarget.checked ? [...rest, cause] : rest;
              }}
            />{' '}
            {CAUSE_WORDS[cause]}
          </label>
        ))}
        <label>
          <input type="checkbox" name="tellsEnd" defaultChecked /> And when it is over
        </label>
      </fieldset>
    </Form>
  );
}

function TargetFields({ kind }: { kind: ChannelKind }) {
  if (kind === 'email') {
    return (
      <>
        <Field name="server" words="Server, smtp://user:password@host:587" autocomplete="off" />
        <Field name="from" words="From" autocomplete="off" />
        <Field name="to" words="To, separated by commas" autocomplete="off" />
      </>
    );
  }
  return (
    <>
      <Field name="url" words="Address, https://…" autocomplete="off" />
      {kind !== 'alertmanager' && (
        <Field
          name="template"
          words="Template with {{title}}, may be empty"
          autocomplete="off"
          isOptional
        />
      )}
    </>
  );
}
