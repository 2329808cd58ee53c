/** A model's file, as `fernsight train` writes it, into the registry. It is signed there and chosen for nothing yet. */
import { useRef } from 'preact/hooks';
import type { Deed } from '../access/useDeed.ts';
import { usePage } from '../frame/page.ts';

export function UploadForm({ deed }: { deed: Deed }) {
  const { client } = usePage();
  const input = useRef<HTMLInputElement>(null);
  const send = async (file: File | undefined) => {
    if (file === undefined) return;
    const bytes = base64(new Uint8Array(await file.arrayBuffer()));
    await deed.run(() => client.call('uploadModel', { body: { bytes } }));
    if (input.current !== null) input.current.value = '';
  };
  return (
    <p class="upload">
      <button type="button" onClick={() => input.current?.click()}>
        Upload a model
      </button>
      <input
        ref={input}
        type="file"
        class="hidden"
        tabIndex={-1}
        aria-label="File of a model"
        onChange={(event) => void send(event.currentTarget.files?.[0])}
      />
    </p>
  );
}

/** In pieces: a call takes so many arguments and not more. */
function base64(bytes: Uint8Array): string {
  const piece = 8_192;
  let text = '';
  for (let at = 0; at < bytes.length; at += piece) {
    text += String.fromCharCode(...bytes.subarray(at, at + piece));
  }
  return btoa(text);
}
