import { type Bundle, type BundleFiles, openBundle } from '@sega/bundle';
import { loadDeepFloydIf } from '@sega/deepfloyd-if';
import {
  away,
  chain,
  type GenerateOptions,
  type Guidance,
  type Model,
  Run,
  type RunStep,
  type Runtime,
  rescale,
  safeLatent,
  scale,
  semantic,
  toward,
} from '@sega/guidance';
import { loadPaella } from '@sega/paella';
import { loadStableDiffusion } from '@sega/stable-diffusion';

/** A picture that has to come out the same everywhere. */
export interface Case {
  readonly name: string;
  /** Folder of the bundle, from the root of the repository. */
  readonly bundle: string;
  readonly prompt: string;
  readonly options: Omit<GenerateOptions, 'guidance'>;
  readonly guidance: () => Guidance;
  /** The state is a grid of tokens, which have to be the same exactly. */
  readonly isTokens?: boolean;
}

const glasses = toward('glasses, wearing glasses', { warmup: 0 });

/** Few steps: a software renderer takes seconds for each. */
export const CASES: readonly Case[] = [
  {
    name: 'SEGA on Stable Diffusion',
    bundle: 'packages/tiny-faces/bundle/stable-diffusion',
    prompt: 'a portrait of a king',
    options: { seed: 25, steps: 2 },
    guidance: () => chain(scale(5), semantic([glasses])),
  },
  {
    name: 'SEGA with momentum on two pictures of an untrained Stable Diffusion',
    bundle: 'adapters/stable-diffusion/test/fixtures/random-diffusion',
    prompt: 'a portrait of a king',
    options: { seed: 25, steps: 5, images: 2 },
    guidance: () =>
      chain(scale(5), semantic([away('male', { warmup: 2 }), glasses], { momentum: { scale: 0.3, beta: 0.6 } })),
  },
  {
    name: 'SLD with rescaling on an untrained Stable Diffusion',
    bundle: 'adapters/stable-diffusion/test/fixtures/random-diffusion',
    prompt: 'a portrait of a king',
    options: { seed: 3, steps: 4 },
    guidance: () => chain(safeLatent({ warmup: 1 }), scale(5), rescale(0.7)),
  },
  {
    name: 'SEGA on both stages of DeepFloyd-IF',
    bundle: 'packages/tiny-faces/bundle/deepfloyd-if',
    prompt: 'a portrait of a king',
    options: { seed: 21, steps: { I: 2, II: 2 } },
    guidance: () => chain(scale(4), semantic([glasses, away('male', { warmup: 0 })])),
  },
  {
    name: 'SEGA on an untrained DeepFloyd-IF',
    bundle: 'adapters/deepfloyd-if/test/fixtures/random-cascade',
    prompt: 'a portrait of a king',
    options: { seed: 7, steps: { I: 2, II: 2, III: 2 } },
    guidance: () => chain(scale(3), semantic([glasses])),
  },
  {
    name: 'SEGA on whole tokens of Paella',
    bundle: 'packages/tiny-faces/bundle/paella',
    prompt: 'a portrait of a king',
    options: { seed: 25, steps: 4 },
    guidance: () => chain(scale(2), semantic([glasses])),
    isTokens: true,
  },
  {
    name: 'SEGA on whole tokens of an untrained Paella',
    bundle: 'adapters/paella/test/fixtures/random-paella',
    prompt: 'a portrait of a king',
    options: { seed: 7, steps: 4 },
    guidance: () => chain(scale(3), semantic([glasses], { mask: 'token' })),
    isTokens: true,
  },
];

/** What a case comes to. */
export interface Drawn {
  /** Bytes of the pictures of every stage. */
  readonly pictures: readonly Uint8Array[];
  /** The last stage's final state: latents, pixels or tokens. */
  readonly state: Float32Array;
}

/** @param onStep - Called after every step, before anything of it is read. */
export async function draw(
  one: Case,
  files: BundleFiles,
  runtime: Runtime,
  onStep: (step: RunStep) => void = () => {},
): Promise<Drawn> {
  await using model = await load(await openBundle(files), runtime);
  const run = new Run(model, one.prompt, { ...one.options, guidance: [one.guidance()] });
  let state = new Float32Array();
  for await (const step of run) {
    onStep(step);
    const { index, count } = step.step;
    if (step.stage === model.stages.at(-1)!.name && index === count - 1) state = (await step.state()).slice();
  }
  const { stageImages } = await run.result();
  return { pictures: Object.values(stageImages).flatMap((images) => images.map(({ data }) => data)), state };
}

/** The model of a bundle, by its family. */
export function load(bundle: Bundle, runtime: Runtime): Promise<Model & AsyncDisposable> {
  switch (bundle.manifest.family) {
    case 'stable-diffusion':
      return loadStableDiffusion(bundle, { runtime });
    case 'paella':
      return loadPaella(bundle, { runtime });
    default:
      return loadDeepFloydIf(bundle, { runtime });
  }
}
