import type { Bundle } from '@sega/bundle';
import { GuidanceError, type Model, type Runtime } from '@sega/guidance';

/** Each family's adapter, loaded only when a model of the family is. */
const FAMILIES: Readonly<Record<string, (bundle: Bundle, runtime: Runtime) => Promise<Model>>> = {
  'stable-diffusion': async (bundle, runtime) =>
    (await import('@sega/stable-diffusion')).loadStableDiffusion(bundle, { runtime }),
  'deepfloyd-if': async (bundle, runtime) => (await import('@sega/deepfloyd-if')).loadDeepFloydIf(bundle, { runtime }),
  paella: async (bundle, runtime) => (await import('@sega/paella')).loadPaella(bundle, { runtime }),
};

/** The model of a bundle, by its family. @throws MODEL_UNKNOWN */
export function loadFamily(bundle: Bundle, runtime: Runtime): Promise<Model> {
  const { family, name } = bundle.manifest;
  const load = FAMILIES[family];
  if (load) return load(bundle, runtime);
  throw new GuidanceError(
    'MODEL_UNKNOWN',
    `${name} is of the family ${family}; this page has adapters for ${Object.keys(FAMILIES).join(', ')}. Use the adapter of that family in code.`,
    { family },
  );
}
