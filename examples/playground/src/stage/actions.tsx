import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { pair } from '../drawing/studio.js';
import { saveBoth, savePicture } from '../picture/save.js';
import { linkToHere } from '../settings/address.js';

/** Ways to keep a picture or to show it around. */
export function Actions(): JSX.Element {
  const copied = useSignal('');
  const done = pair.value;
  const copy = async (): Promise<void> => {
    const isCopied = await navigator.clipboard.writeText(linkToHere()).then(
      () => true,
      () => false,
    );
    copied.value = isCopied ? 'Link copied' : 'Copy the address of this page: it restores everything';
    setTimeout(() => {
      copied.value = '';
    }, 4000);
  };
  return (
    <div class="actions">
      <button type="button" onClick={copy}>
        Copy link
      </button>
      <button type="button" disabled={!done} onClick={() => done && savePicture(done)}>
        Save picture
      </button>
      <button
        type="button"
        aria-label="Save both, before and after"
        disabled={!done}
        onClick={() => done && saveBoth(done)}
      >
        Save both
      </button>
      <p class="toast" role="status">
        {copied.value}
      </p>
    </div>
  );
}
