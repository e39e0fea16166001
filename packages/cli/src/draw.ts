import { type GenerateResult, type Guidance, type Model, Run } from '@sega/guidance';
import { progressBar, type TextStream } from './progress.js';
import type { PictureRequest } from './request.js';

/** Pictures drawn together: enough to keep two cores busy, few enough to bound memory. */
export const BATCH = 8;

/**
 * Draws one batch: pictures of one request whose seeds count up from the request's.
 *
 * @internal
 */
export async function drawBatch(
  model: Model,
  request: PictureRequest,
  images: number,
  guidance: Readonly<Record<string, Guidance>>,
  { stderr, signal }: { readonly stderr: TextStream; readonly signal: AbortSignal },
): Promise<GenerateResult> {
  const { prompt, seed, steps, sampler, width, height } = request;
  const run = new Run(model, prompt, { guidance, images, seed, steps, sampler, width, height, signal });
  const bar = progressBar(stderr, images === 1 ? `seed ${seed}` : `seeds ${seed} to ${seed + images - 1}`);
  let done = 0;
  try {
    bar.update(done, run.steps);
    for await (const _ of run) bar.update(++done, run.steps);
    return await run.result();
  } finally {
    bar.clear();
  }
}
