import type { JSX } from 'preact';
import { type Activity, activity, drawPair, type Pair, pair, stop } from '../drawing/studio.js';
import { modelEntry } from '../models/models.js';
import { settings } from '../settings/settings.js';

/** What the page is doing or what the picture took, and the way to stop or draw. */
export function Status(): JSX.Element {
  const now = activity.value;
  const isBusy = now.kind !== 'idle' && now.kind !== 'failed';
  const { warnings = [] } = pair.value?.after ?? {};
  return (
    <div class="status">
      <button type="button" class="primary" onClick={() => (isBusy ? stop() : drawPair())}>
        {isBusy ? 'Stop' : 'Draw'}
      </button>
      <div>
        <p aria-hidden="true">{inWords(now, pair.value)}</p>
        <p class="unseen" role="status">
          {isBusy ? '' : inWords(now, pair.value)}
        </p>
        {warnings.map((warning) => (
          <p key={warning} class="hint">
            {warning}
          </p>
        ))}
      </div>
    </div>
  );
}

function inWords(now: Activity, done: Pair | undefined): string {
  switch (now.kind) {
    case 'loading':
      return `Loading ${modelEntry(settings.value.model).name}, ${(now.bytes / 1e6).toFixed(1)} MB`;
    case 'preparing':
      return 'Getting ready';
    case 'drawing':
      return now.what === 'before' ? 'Drawing without concepts' : 'Drawing with concepts';
    case 'failed':
      return 'Not drawn';
    case 'idle':
      return done ? whatItTook(done) : 'Stopped';
  }
}

function whatItTook({ after, loaded: { host } }: Pair): string {
  const where =
    host.device === 'webgpu' ? 'WebGPU' : `WebAssembly, ${host.threads === 1 ? '1 thread' : `${host.threads} threads`}`;
  return `${(after.milliseconds / 1000).toFixed(1)} s, ${after.evaluations} evaluations on ${where}`;
}
