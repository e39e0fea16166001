import { type Guidance, generate, type Image, type Model, Recording, record, replay } from '@sega/guidance';
import { addedBy, guidanceOf, type SafetyGuidance } from './method-guidance.js';
import type { DrawSettings } from './picture-job.js';
import type { Unit } from './unit.js';

/**
 * Draws the pictures of a unit.
 *
 * @throws What `generate` throws; ABORTED once the signal is given.
 * @internal
 */
export async function drawUnit(
  model: Model,
  { job, images }: Unit,
  settings: DrawSettings,
  safety: SafetyGuidance,
  signal?: AbortSignal,
): Promise<readonly Image[]> {
  const { method, seed } = job;
  const own = { ...settings, scale: job.scale ?? settings.scale };
  const run = (prompt: string, added: Guidance | undefined): ReturnType<typeof generate> =>
    generate(model, prompt, {
      guidance: guidanceOf(model, own, method, added, safety),
      seed,
      images,
      ...(settings.steps !== undefined && { steps: settings.steps }),
      ...(signal && { signal }),
    });
  const added = addedBy(method, own);
  if (method?.kind !== 'replay') return (await run(job.prompt, added)).images;
  const recording = new Recording();
  await run(method.prompt, record(added!, recording));
  return (await run(job.prompt, replay(recording.trace))).images;
}
