import { fileURLToPath } from 'node:url';
import { type Bundle, openBundle } from '@sega/bundle';
import { folder } from '@sega/bundle/node';

/** Path of something under test/fixtures. */
export const fixture = (path: string): string => fileURLToPath(new URL(`fixtures/${path}`, import.meta.url));

/** The folder of the untrained model. */
export const RANDOM_DIFFUSION: string = fixture('random-diffusion');

/** The untrained model, with another UNet in its place when one is named. */
export async function randomDiffusion(unet?: string): Promise<Bundle> {
  const bundle = await openBundle(folder(RANDOM_DIFFUSION));
  if (!unet) return bundle;
  const location = fixture(`unets/${unet}.onnx`);
  return {
    ...bundle,
    graph: (component) => (component === 'denoiser' ? { name: component, location } : bundle.graph(component)),
  };
}
