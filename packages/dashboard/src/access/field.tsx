/** A labelled line of a form, and the form around such lines with its button and the reason why it was refused. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface FieldProps {
  readonly name: string;
  readonly words: string;
  readonly type?: 'text' | 'password';
  readonly value?: string;
  readonly minLength?: number;
  /** it may stay empty */
  readonly isOptional?: boolean;
  /** what the browser may fill in */
  readonly autocomplete: string;
}

export function Field(props: FieldProps) {
  const { words, value = '', type = 'text', minLength = 0, isOptional = false, ...rest } = props;
  const id = useId();
  const input = { ...rest, id, defaultValue: value, minLength, required: !isOptional };
  return (
    <div class="field">
      <label for={id}>{words}</label>
      {type === 'password' ? (
        <input {...input} type="password" />
      ) : (
        <input {...input} type="text" />
      )}
    </div>
  );
}

interface FormProps {
  readonly action: string;
  readonly children: ComponentChildren;
  /** @returns why it was refused, or an empty text: then the form is empty again */
  readonly onSend: (text: (name: string) => string) => Promise<string>;
}

export function Form({ action, children, onSend }: FormProps) {
  const fault = useSignal('');
  const isSending = useSignal(false);
  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget;
    if (!(form instanceof HTMLFormElement)) return;
    const data = new FormData(form);
    isSending.value = true;
    fault.value = await onSend((name) => String(data.get(name) ?? ''));
    isSending.value = false;
    if (fault.value === '') form.reset();
  };
  return (
    <form class="form" onSubmit={send}>
      {children}
      <button type="submit" class="primary" disabled={isSending.value}>
        {action}
      </button>
      <p class="fault small" role="alert">
        {fault.value}
      </p>
    </form>
  );
}
