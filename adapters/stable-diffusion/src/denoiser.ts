import { UNet } from '@sega/bundle/adapter';
import { GuidanceError } from '@sega/guidance';
import type { StableDiffusionGraphs } from './adapter.js';

/**
 * Stable Diffusion's UNet: noisy latents, a timestep and text → one prediction for each branch.
 *
 * @param channels - Of the bundle's latents.
 * @param maxRows - Rows one run may take, for a shape of latents.
 * @throws UNSUPPORTED when the graph's inputs are not those of a text-to-image UNet; BUNDLE_INVALID when the text keys are not its own.
 * @internal
 */
export function denoiserOf(
  { denoiser, textKeys }: StableDiffusionGraphs,
  channels: number,
  maxRows: (shape: readonly number[]) => number,
): UNet {
  const unet = new UNet(denoiser, { maxRows, ...(textKeys && { textKeys }) });
  const taken = unet.sample.shape[1];
  if (typeof taken !== 'number' || taken === channels) return unet;
  throw new GuidanceError(
    'UNSUPPORTED',
    `The denoiser takes ${taken} channels but the bundle's latents have ${channels}; inpainting and upscaling UNets ` +
      'cannot make pictures from text alone. Use a text-to-image bundle.',
    { expected: channels, received: taken },
  );
}
