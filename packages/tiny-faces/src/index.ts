import { fileURLToPath } from 'node:url';

/**
 * Absolute folder of the small Stable Diffusion: drawn faces, 64×64 pixels, under 10 MB.
 *
 * @example
 * const bundle = await openBundle(folder(stableDiffusion));
 * bundle.manifest.name; // 'tiny-faces/stable-diffusion'
 * @category Models
 */
export const stableDiffusion: string = fileURLToPath(new URL('../bundle/stable-diffusion', import.meta.url));
