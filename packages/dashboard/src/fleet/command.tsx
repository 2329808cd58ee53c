/** A command to be copied; where the browser forbids copying, to be marked by hand. */
import { useSignal } from '@preact/signals';

export function Command({ text }: { text: string }) {
  const isCopied = useSignal(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    isCopied.value = true;
  };
  return (
    <div class="command">
      <pre>{text}</pre>
      {isSecureContext && (
        <button type="button" onClick={() => void copy()}>
          {isCopied.value ? 'Copied' : 'Copy'}
        </button>
      )}
    </div>
  );
}
