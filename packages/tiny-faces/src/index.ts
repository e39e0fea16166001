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

/**
 * Absolute folder of the small DeepFloyd-IF cascade: drawn faces, 32×32 and then 64×64 pixels, under 10 MB.
 *
 * @example
 * const bundle = await openBundle(folder(deepfloydIf));
 * bundle.manifest.name; // 'tiny-faces/deepfloyd-if'
 * @category Models
 */
export const deepfloydIf: string = fileURLToPath(new URL('../bundle/deepfloyd-if', import.meta.url));

/**
 * Absolute folder of the small Paella: drawn faces of 64×64 pixels as 32×32 tokens, under 10 MB.
 *
 * @example
 * const bundle = await openBundle(folder(paella));
 * bundle.manifest.name; // 'tiny-faces/paella'
 * @category Models
 */
export const paella: string = fileURLToPath(new URL('../bundle/paella', import.meta.url));

/**
 * Absolute folder of the judge: a classifier that says which attributes a drawn face shows, for evaluations.
 *
 * @example
 * const { manifest } = await openJudge(folder(faceJudge));
 * manifest.attributes[1]; // 'glasses'
 * @category Models
 */
export const faceJudge: string = fileURLToPath(new URL('../bundle/judge', import.meta.url));
