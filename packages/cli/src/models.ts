import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bundle, JudgeBundle } from '@sega/bundle';
import { GuidanceError, type Model, type Runtime } from '@sega/guidance';
import type { PictureRequest } from './request.js';

/** The model used when none is named. */
const DEFAULT_MODEL = 'stable-diffusion';

/** Models in the box, by the names `--model` takes. */
const IN_THE_BOX: Readonly<Record<string, string>> = {
  'stable-diffusion': '@sega/tiny-faces#stable-diffusion',
  'deepfloyd-if': '@sega/tiny-faces#deepfloyd-if',
  paella: '@sega/tiny-faces#paella',
};

/** The judge of the models in the box. */
const JUDGE_IN_THE_BOX = '@sega/tiny-faces#judge';

/** Each family's adapter, loaded only when a model of the family is. */
const ADAPTERS: Readonly<Record<string, (bundle: Bundle, runtime: Runtime) => Promise<Model>>> = {
  'stable-diffusion': async (bundle, runtime) =>
    (await import('@sega/stable-diffusion')).loadStableDiffusion(bundle, { runtime }),
  'deepfloyd-if': async (bundle, runtime) => (await import('@sega/deepfloyd-if')).loadDeepFloydIf(bundle, { runtime }),
  paella: async (bundle, runtime) => (await import('@sega/paella')).loadPaella(bundle, { runtime }),
};

/** A model and where it came from, as a picture records it. @internal */
export interface LoadedModel {
  readonly bundle: Bundle;
  readonly model: Model;
  readonly source: PictureRequest['model'];
  /** Of the checksums the model's manifest lists. */
  readonly sha256: string;
}

/**
 * Loads a model by a known name, a folder, or the name of an installed npm package.
 *
 * @throws MODEL_UNKNOWN when there is no such model or its family has no adapter here; what opening a bundle throws
 * @internal
 */
export async function loadModel(
  source: string | undefined,
  { runtime, acceptLicense }: { readonly runtime: Runtime; readonly acceptLicense: string | undefined },
): Promise<LoadedModel> {
  const name = source ?? DEFAULT_MODEL;
  const bundle = await openModel(name, acceptLicense);
  const { family, version } = bundle.manifest;
  const load = Object.hasOwn(ADAPTERS, family) ? ADAPTERS[family] : undefined;
  if (!load) {
    throw new GuidanceError(
      'MODEL_UNKNOWN',
      `--model "${name}" is of the family ${family}; sega has adapters for ${Object.keys(ADAPTERS).join(', ')}. ` +
        'Use the adapter of that family in code.',
      { model: name, family },
    );
  }
  const model = await load(bundle, runtime);
  const sha256 = createHash('sha256').update(JSON.stringify(bundle.manifest.files)).digest('hex');
  return { bundle, model, source: { source: name, family, name: bundle.manifest.name, version }, sha256 };
}

/**
 * Opens a judge: the one named, or for a model in the box the one beside it.
 *
 * @param model - The source of the model that is judged.
 * @throws JUDGE_MISSING when none is named and none is known; what opening a bundle throws
 * @internal
 */
export async function openJudgeFor(model: string | undefined, judge: string | undefined): Promise<JudgeBundle> {
  const [{ openJudge }, { locateBundle }] = await Promise.all([import('@sega/bundle'), import('@sega/bundle/node')]);
  if (judge !== undefined) return openJudge(await locateBundle(judge));
  if (Object.hasOwn(IN_THE_BOX, model ?? DEFAULT_MODEL)) {
    return openJudge(await locateBundle(JUDGE_IN_THE_BOX, { from: ownFolder() }));
  }
  throw new GuidanceError(
    'JUDGE_MISSING',
    `Nothing is known to judge the pictures of "${model}". Name a judge's bundle: --judge <folder or package>.`,
    { model },
  );
}

async function openModel(name: string, acceptLicense: string | undefined): Promise<Bundle> {
  const [{ openBundle }, { locateBundle }] = await Promise.all([import('@sega/bundle'), import('@sega/bundle/node')]);
  const boxed = Object.hasOwn(IN_THE_BOX, name) ? IN_THE_BOX[name] : undefined;
  const files = await (boxed ? locateBundle(boxed, { from: ownFolder() }) : locateBundle(name)).catch((error) => {
    if (!GuidanceError.isInstance(error) || error.code !== 'BUNDLE_NOT_FOUND') throw error;
    throw new GuidanceError(
      'MODEL_UNKNOWN',
      `--model "${name}" is neither ${Object.keys(IN_THE_BOX).join(' nor ')} nor a folder nor an installed package. ` +
        'Give the path of a bundle or diffusers ONNX folder, or install the package.',
      { model: name, known: Object.keys(IN_THE_BOX) },
      { cause: error },
    );
  });
  return openBundle(files, { acceptLicense });
}

/** Where the models in the box are looked for: among this package's own dependencies. */
function ownFolder(): string {
  return dirname(fileURLToPath(import.meta.url));
}
