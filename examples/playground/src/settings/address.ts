import { effect } from '@preact/signals';
import { fromHash, toHash } from './link.js';
import { settings, view } from './settings.js';

/** Browsers allow an address to be changed only so often. */
const REST_MILLISECONDS = 400;

/** Restores what the address says, and keeps it saying what is on the page. */
export function followAddress(): void {
  const restore = (): void => {
    const restored = fromHash(location.hash);
    settings.value = restored.settings;
    view.value = restored.view;
  };
  restore();
  addEventListener('hashchange', restore);
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const hash = toHash(settings.value, view.value);
    clearTimeout(timer);
    timer = setTimeout(() => history.replaceState(null, '', hash), REST_MILLISECONDS);
  });
}

/** An address that restores everything. */
export function linkToHere(): string {
  return new URL(toHash(settings.peek(), view.peek()), location.href).href;
}
