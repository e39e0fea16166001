import { fileURLToPath } from 'node:url';
import { type Bundle, type CascadeManifest, openBundle } from '@sega/bundle';
import { folder } from '@sega/bundle/node';

/** The folder of the untrained cascade: 16 → 32 → 128 pixels. */
export const RANDOM_CASCADE: string = fileURLToPath(new URL('fixtures/random-cascade', import.meta.url));

/** The untrained cascade, with changes to its manifest. */
export async function randomCascade(change: Partial<CascadeManifest> = {}): Promise<Bundle> {
  const bundle = await openBundle(folder(RANDOM_CASCADE));
  return { ...bundle, manifest: { ...(bundle.manifest as CascadeManifest), ...change } };
}

/** The stages of the untrained cascade. */
export async function randomStages(): Promise<CascadeManifest['stages']> {
  return ((await randomCascade()).manifest as CascadeManifest).stages;
}
