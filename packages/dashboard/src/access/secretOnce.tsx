/** A secret that the server tells once: to be copied now, with the command that uses it. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';

interface SecretOnceProps {
  readonly words: string;
  readonly secret: string;
  /** how it is used */
  readonly children?: ComponentChildren;
}

export function SecretOnce({ words, secret, children }: SecretOnceProps) {
  const isCopied = useSignal(false);
  const copy = async () => {
    await navigator.clipboard.writeText(secret);
    isCopied.value = true;
  };
  return (
    <div class="secret" role="status">
      <p class="small">{words} It is shown this once.</p>
      <pre>{secret}</pre>
      {isSecureContext && (
        <button type="button" onClick={() => void copy()}>
          {isCopied.value ? 'Copied' : 'Copy'}
        </button>
      )}
      {children}
    </div>
  );
}
