/** A secret that the server tells once: to be copied now, with the command that uses it. */
import { useSignal } from '@preact/signals';

export function SecretOnce({ words, secret }: { words: string; secret: string }) {
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
    </div>
  );
}
