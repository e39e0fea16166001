import type { AttentionWeights, Manifest, TokenManifest, TokenSampling } from '@sega/bundle';
import {
  type Condition,
  type Graph,
  GuidanceError,
  type Image,
  type Model,
  type ModelDefaults,
  type RandomSource,
  type Runtime,
  type Sampler,
  type Stage,
  type Tensor,
  type TensorOps,
} from '@sega/guidance';
import { torchRandom } from '@sega/samplers';
import { BaseStage } from './base-stage.js';
import { TokenDecoder } from './decoder.js';
import { TokenDenoiser } from './denoiser.js';
import { PriorStage } from './prior-stage.js';
import { samplerOf } from './sampler.js';
import { PaellaTextEncoder, type TextNetwork } from './text-encoder.js';

/** The networks of a bundle, by role. @internal */
export type PaellaGraphs = Readonly<Record<'textEncoder' | 'denoiser' | 'decoder', Graph>> &
  Readonly<Partial<Record<OptionalRole, Graph>>>;

/** @internal */
export type OptionalRole = 'quantizer' | 'clipTextEncoder' | 'imageConditioner' | 'prior';

/** Everything a model is made of. @internal */
export interface Parts {
  readonly manifest: TokenManifest;
  readonly runtime: Runtime;
  readonly tokenizer: TextNetwork['tokenizer'];
  /** There with the graph `clipTextEncoder`. */
  readonly clipTokenizer: TextNetwork['tokenizer'] | undefined;
  readonly graphs: PaellaGraphs;
  readonly sampling: TokenSampling;
  readonly attentionWeights: AttentionWeights;
  readonly maxRows: (shape: readonly number[]) => number;
}

/**
 * Paella: text → a grid of tokens → pictures, in one stage called `base`; where the bundle has a prior, a stage called `prior`
 * comes first, which makes the embedding of a picture that the prompt's branch is predicted under too.
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
  readonly stages: readonly [Stage, ...Stage[]];
  readonly #graphs: PaellaGraphs;
  readonly #textEncoder: PaellaTextEncoder;
  readonly #decoder: TokenDecoder;
  #disposed: Promise<void> | undefined;

  /** @internal */
  constructor(parts: Parts) {
    const { manifest, runtime, graphs, sampling, attentionWeights, maxRows } = parts;
    const { codes } = manifest.codebook;
    this.name = manifest.name;
    this.manifest = manifest;
    this.runtime = runtime;
    this.defaults = manifest.defaults;
    this.#graphs = graphs;
    this.#textEncoder = textEncoderOf(parts);
    this.#decoder = new TokenDecoder(graphs.decoder, runtime, codes);
    const sampler = (name?: string): Sampler => samplerOf(manifest, sampling, graphs.quantizer, name);
    const denoiser = new TokenDenoiser(graphs.denoiser, codes, attentionWeights, maxRows);
    const base = new BaseStage(manifest, denoiser, sampler, graphs.imageConditioner);
    this.stages = graphs.prior ? [new PriorStage(graphs.prior, manifest.prior!), base] : [base];
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

  /** The pictures of tokens; none of the stage `prior`, whose state is no picture. */
  async decode(x: Tensor, ops: TensorOps, stage = 'base'): Promise<readonly Image[]> {
    return stage === 'base' ? this.#decoder.decode(x, ops) : [];
  }

  dispose(): Promise<void> {
    this.#disposed ??= Promise.all(Object.values(this.#graphs).map((graph) => graph.dispose())).then(() => undefined);
    return this.#disposed;
  }

  /** As {@link dispose}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

function textEncoderOf({ runtime, graphs, tokenizer, clipTokenizer }: Parts): PaellaTextEncoder {
  const clip = graphs.clipTextEncoder && { graph: graphs.clipTextEncoder, tokenizer: clipTokenizer! };
  return new PaellaTextEncoder(runtime, { graph: graphs.textEncoder, tokenizer }, clip);
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
