import { httpFolder, openBundle } from '@sega/bundle';
import { GuidanceError, type Model, scale, semantic, toward } from '@sega/guidance';
import type { WebRuntime } from '@sega/runtime-web';
import { load } from './families.js';

/** Software renderers compile and run slowly. */
export const MINUTES: number = 10 * 60_000;

export const OPTIONS = { guidance: [scale(5), semantic([toward('smiling, smile', { warmup: 0 })])], steps: 2 };

/** An untrained Stable Diffusion of a few kilobytes. */
export async function smallModel(runtime: WebRuntime): Promise<Model & AsyncDisposable> {
  return load(await openBundle(httpFolder('/adapters/stable-diffusion/test/fixtures/random-diffusion')), runtime);
}

/** The code work fails with, or 'no error'. */
export function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no error',
    (error) => (GuidanceError.isInstance(error) ? error.code : Promise.reject(error)),
  );
}
