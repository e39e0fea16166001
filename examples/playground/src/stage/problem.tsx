import { type ErrorCode, GuidanceError } from '@sega/guidance';
import type { JSX } from 'preact';
import { activity, drawPair } from '../drawing/studio.js';

const TITLES: Partial<Record<ErrorCode, string>> = {
  BUNDLE_FILE_CORRUPT: 'The model arrived damaged',
  BUNDLE_FILE_MISSING: 'A part of the model is missing',
  BUNDLE_NOT_FOUND: 'The model could not be reached',
  DEVICE_LOST: 'The graphics device was lost',
  GRAPH_LOAD: 'The model could not be loaded',
  OPTION_INVALID: 'A setting is out of its range',
  OUT_OF_MEMORY: 'There is not enough memory',
  RUNTIME_UNAVAILABLE: 'This browser cannot run the model',
  SEED_INVALID: 'That is no seed',
  STEPS_INVALID: 'That number of steps does not work',
};

/** What went wrong, in words, with its way out. */
export function Problem(): JSX.Element | null {
  const now = activity.value;
  if (now.kind !== 'failed') return null;
  const known = GuidanceError.isInstance(now.error) ? now.error : undefined;
  return (
    <div class="problem" role="alert">
      <h2>{(known && TITLES[known.code]) ?? 'That did not work'}</h2>
      <p>{known?.message ?? String((now.error as Error)?.message ?? now.error)}</p>
      <p class="code">{known?.code ?? 'unexpected'}</p>
      <button type="button" onClick={() => drawPair()}>
        Try again
      </button>
    </div>
  );
}
