import type { JSX } from 'preact';
import { type Activity, activity, drawPair, type Pair, pair, stop } from '../drawing/studio.js';
import { modelEntry } from '../models/models.js';
import { change, settings } from '../settings/settings.js';

/** Random seeds are below this, so that they stay easy to read. */
const RANDOM_SEEDS = 10_000;

/** What the page is doing or what the picture took; a way to stop it, to go on, or to see another face. */
export function Status(): JSX.Element {
  const now = activity.value;
  const isBusy = now.kind !== 'idle' && now.kind !== 'failed';
  const { warnings = [] } = pair.value?.after ?? {};
  return (
    <div class="status">
      {isBusy && (
        <button type="button" class="primary" onClick={stop}>
          Stop
        </button>
      )}
      {now.kind === 'idle' && !pair.value && (
        <button type="button" class="primary" onClick={drawPair}>
          Draw
        </button>
      )}
      {!isBusy && pair.value && (
        <button
          type="button"
          class="primary"
          onClick={() => change({ seed: Math.floor(Math.random() * RANDOM_SEEDS) })}
        >
          Another face
        </button>
      )}
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
