import type { JSX } from 'preact';
import { activity } from '../drawing/studio.js';

/** How far loading or drawing has come, on the lower edge of the frame. */
export function Progress(): JSX.Element | null {
  const now = activity.value;
  if (now.kind === 'idle' || now.kind === 'failed') return null;
  const share = now.kind === 'preparing' ? undefined : now.share;
  return (
    <div
      class="progress"
      role="progressbar"
      aria-label={now.kind === 'drawing' ? `Drawing ${now.what}` : 'Loading the model'}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === undefined ? undefined : Math.round(share * 100)}
    >
      <span style={{ width: `${(share ?? 1) * 100}%` }} class={share === undefined ? 'unknown' : ''} />
    </div>
  );
}
