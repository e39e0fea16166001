import type { Bundle, Manifest, TokenManifest, TokenSampling } from '@sega/bundle';
import type { CachedTextEncoder } from '@sega/bundle/adapter';
import {
  type BranchConditions,
  type Condition,
  type Graph,
  GuidanceError,
  type Image,
  LOGITS_LAYOUT,
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
import { TokenDecoder } from './decoder.js';
import { TokenDenoiser } from './denoiser.js';
import { gridShape } from './grid-size.js';
import { samplerOf } from './sampler.js';
import { textEncoderOf } from './text-encoder.js';

/** Everything a model is made of. @internal */
export interface Parts {
  readonly manifest: TokenManifest;
  readonly runtime: Runtime;
  readonly tokenizer: Awaited<ReturnType<Bundle['tokenizer']>>;
  readonly graphs: Readonly<Record<'textEncoder' | 'denoiser' | 'decoder', Graph>>;
  readonly quantizer: Graph | undefined;
  readonly sampling: TokenSampling;
  readonly attentionWeight: number;
  readonly maxRows: (shape: readonly number[]) => number;
}

/**
 * Paella: text → a grid of tokens → pictures, in one stage called `base`.
 *
 * Made by {@link loadPaella}. Holds its networks until it is disposed; the runtime stays the caller's.
 *
 * @category Paella
 */
export class Paella implements Model {
  readonly family = 'paella';
  readonly name: string;
  readonly manifest: TokenManifest;
  readonly runtime: Runtime;
  readonly defaults: ModelDefaults;
  readonly stages: readonly [Stage];
  readonly #graphs: readonly Graph[];
  readonly #textEncoder: CachedTextEncoder;
  readonly #decoder: TokenDecoder;
  #disposed: Promise<void> | undefined;

  /** @internal */
  constructor({ manifest, runtime, tokenizer, graphs, quantizer, sampling, attentionWeight, maxRows }: Parts) {
    const { codes } = manifest.codebook;
    this.name = manifest.name;
    this.manifest = manifest;
    this.runtime = runtime;
    this.defaults = manifest.defaults;
    this.#graphs = [...Object.values(graphs), ...(quantizer ? [quantizer] : [])];
    this.#textEncoder = textEncoderOf(graphs.textEncoder, tokenizer, runtime);
    this.#decoder = new TokenDecoder(graphs.decoder, runtime, codes);
    const sampler = (name?: string): Sampler => samplerOf(manifest, sampling, quantizer, name);
    this.stages = [
      new BaseStage(manifest, new TokenDenoiser(graphs.denoiser, codes, attentionWeight, maxRows), sampler),
    ];
    // Settings no sampler takes are refused now and not at the first run.
    sampler();
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

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

class BaseStage implements Stage {
  readonly name = 'base';
  readonly space = 'logits';
  readonly layout = LOGITS_LAYOUT;
  readonly sampler: Stage['sampler'];
  readonly #manifest: TokenManifest;
  readonly #denoiser: TokenDenoiser;

  constructor(manifest: TokenManifest, denoiser: TokenDenoiser, sampler: Stage['sampler']) {
    this.#manifest = manifest;
    this.#denoiser = denoiser;
    this.sampler = sampler;
  }

  get defaults(): StageDefaults {
    return this.#manifest.defaults;
  }

  /** The grid of tokens, as whole numbers. */
  stateShape(size: { readonly width: number; readonly height: number; readonly items: number }): readonly number[] {
    return gridShape(this.#manifest.codebook, size);
  }

  predictionShape([items, ...grid]: readonly number[]): readonly number[] {
    return [items!, this.#manifest.codebook.codes, ...grid];
  }

  predict(x: Tensor, step: Step, branches: readonly BranchConditions[], ops: TensorOps): Promise<Predictions> {
    return this.#denoiser.predict(x, step, branches, ops);
  }
}

/** @throws FAMILY_MISMATCH @internal */
export function checkFamily(manifest: Manifest): asserts manifest is TokenManifest {
  const { name, family } = manifest;
  if (family === 'paella' && 'codebook' in manifest) return;
  throw new GuidanceError(
    'FAMILY_MISMATCH',
    `${name} is a bundle of the family ${family}${'codebook' in manifest ? '' : ' without a codebook'}; loadPaella takes ` +
      "paella. Use that family's adapter.",
    { expected: 'paella', received: family },
  );
}
