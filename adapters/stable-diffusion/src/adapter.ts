import type { Bundle, Manifest, SingleStageManifest } from '@sega/bundle';
import { type CachedTextEncoder, type LatentDecoder, StateSize, type UNet } from '@sega/bundle/adapter';
import {
  type BranchConditions,
  type Condition,
  type Graph,
  GuidanceError,
  IMAGE_LAYOUT,
  type Image,
  type Model,
  type ModelDefaults,
  type Predictions,
  type RandomSource,
  type Runtime,
  type Sampler,
  type Stage,
  type StageDefaults,
  type Step,
  type Tensor,
  type TensorOps,
} from '@sega/guidance';
import { torchRandom } from '@sega/samplers';
import { decoderOf } from './decoder.js';
import { denoiserOf } from './denoiser.js';
import { samplerOf } from './sampler.js';
import { textEncoderOf } from './text-encoder.js';

/** The networks by their role; what a denoiser reads of texts may be one of its own. @internal */
export type StableDiffusionGraphs = Readonly<
  Record<'textEncoder' | 'denoiser' | 'decoder', Graph> & Partial<Record<'textKeys', Graph>>
>;

/** Everything a model is made of. @internal */
export interface Parts {
  readonly bundle: Bundle;
  readonly runtime: Runtime;
  readonly tokenizer: Awaited<ReturnType<Bundle['tokenizer']>>;
  readonly schedulerConfig: unknown;
  readonly graphs: StableDiffusionGraphs;
  /** What the latents' sides must be multiples of. */
  readonly divisor: number;
  readonly maxRows: (shape: readonly number[]) => number;
}

/**
 * Stable Diffusion: text → latents → pictures, in one stage called `base`.
 *
 * Made by {@link loadStableDiffusion}. Holds its networks until it is disposed; the runtime stays the caller's.
 *
 * @category Stable Diffusion
 */
export class StableDiffusion implements Model {
  readonly family = 'stable-diffusion';
  readonly name: string;
  readonly manifest: SingleStageManifest;
  readonly runtime: Runtime;
  readonly defaults: ModelDefaults;
  readonly stages: readonly [Stage];
  readonly #graphs: readonly Graph[];
  readonly #textEncoder: CachedTextEncoder;
  readonly #decoder: LatentDecoder;
  #disposed: Promise<void> | undefined;

  /** @internal */
  constructor({ bundle, runtime, tokenizer, schedulerConfig, graphs, divisor, maxRows }: Parts) {
    const { manifest } = bundle;
    checkFamily(manifest);
    const { channels, factor, scale } = manifest.latent;
    this.name = manifest.name;
    this.manifest = manifest;
    this.runtime = runtime;
    this.defaults = manifest.defaults;
    this.#graphs = Object.values(graphs);
    this.#textEncoder = textEncoderOf(graphs.textEncoder, tokenizer, runtime);
    this.#decoder = decoderOf(graphs.decoder, runtime, scale);
    const denoiser = denoiserOf(graphs, channels, maxRows);
    this.stages = [
      new BaseStage(manifest, schedulerConfig, denoiser, new StateSize(denoiser.sample, channels, factor, divisor)),
    ];
    // A scheduler file this package cannot follow is refused now and not at the first run.
    this.stages[0].sampler();
  }

  encode(texts: readonly string[], warn: (message: string) => void): Promise<readonly Condition[]> {
    return this.#textEncoder.encode(texts, warn);
  }

  /** The stream of `torch.Generator('cpu').manual_seed(seed)`. */
  random(seed: number): RandomSource {
    return torchRandom(seed);
  }

  decode(x: Tensor, ops: TensorOps): Promise<readonly Image[]> {
    return this.#decoder.decode(x, ops);
  }

  dispose(): Promise<void> {
    this.#disposed ??= Promise.all(this.#graphs.map((graph) => graph.dispose())).then(() => undefined);
    return this.#disposed;
  }

  /** As {@link dispose}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

class BaseStage implements Stage {
  readonly name = 'base';
  readonly layout = IMAGE_LAYOUT;
  readonly #manifest: SingleStageManifest;
  readonly #schedulerConfig: unknown;
  readonly #denoiser: UNet;
  readonly #size: StateSize;

  constructor(manifest: SingleStageManifest, schedulerConfig: unknown, denoiser: UNet, size: StateSize) {
    this.#manifest = manifest;
    this.#schedulerConfig = schedulerConfig;
    this.#denoiser = denoiser;
    this.#size = size;
  }

  get defaults(): StageDefaults {
    return this.#manifest.defaults;
  }

  get space(): SingleStageManifest['predictionType'] {
    return this.#manifest.predictionType;
  }

  sampler(name?: string): Sampler {
    const { predictionType, defaults } = this.#manifest;
    return samplerOf(this.#schedulerConfig, predictionType, defaults.sampler, name);
  }

  stateShape(size: { readonly width: number; readonly height: number; readonly items: number }): readonly number[] {
    return this.#size.shape(size);
  }

  predict(x: Tensor, step: Step, branches: readonly BranchConditions[], ops: TensorOps): Promise<Predictions> {
    return this.#denoiser.predict(x, step, branches, ops);
  }
}

/** @throws FAMILY_MISMATCH @internal */
export function checkFamily(manifest: Manifest): asserts manifest is SingleStageManifest {
  const { name, family } = manifest;
  if (family === 'stable-diffusion') return;
  throw new GuidanceError(
    'FAMILY_MISMATCH',
    `${name} is a bundle of the family ${family}; loadStableDiffusion takes stable-diffusion. Use that family's adapter.`,
    { expected: 'stable-diffusion', received: family },
  );
}
