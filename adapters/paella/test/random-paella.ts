import { fileURLToPath } from 'node:url';
import { type Bundle, openBundle, type TokenManifest } from '@sega/bundle';
import { folder } from '@sega/bundle/node';

/** The folder of the untrained token model: 32 pixels, a grid of 8 × 8 tokens of 64 codes. */
export const RANDOM_PAELLA: string = fileURLToPath(new URL('fixtures/random-paella', import.meta.url));

/** The same with CLIP conditioners and a prior. */
export const RANDOM_PAELLA_CLIP: string = fileURLToPath(new URL('fixtures/random-paella-clip', import.meta.url));

/** An untrained token model, with changes to its manifest. */
export async function randomPaella(
  change: Partial<TokenManifest> = {},
  source: string = RANDOM_PAELLA,
): Promise<Bundle> {
  const bundle = await openBundle(folder(source));
  return { ...bundle, manifest: { ...(bundle.manifest as TokenManifest), ...change } };
}
