import type { CascadeManifest, Manifest } from '@sega/bundle';
import {
  type Condition,
  type Graph,
  GuidanceError,
  type Image,
  type Model,
  type ModelDefaults,
  type RandomSource,
  type Runtime,
  type Stage,
  type Tensor,
  type TensorOps,
} from '@sega/guidance';
import { torchRandom } from '@sega/samplers';
import type { StageDecoder } from './decoder.js';
import type { StageTextEncoder } from './text-encoder.js';

/** A stage with its own ends: how its texts are read and its states become pictures. @internal */
export interface StageEnds {
  readonly stage: Stage;
  readonly textEncoder: StageTextEncoder;
  readonly decoder: StageDecoder;
}

/**
 * DeepFloyd-IF: text → small picture → larger picture, in stages called `I`, `II` and, where the bundle has the upscaler,
 * `III`.
 *
 * Made by {@link loadDeepFloydIf}. Holds its networks until it is disposed; the runtime stays the caller's.
 *
 * @category DeepFloyd-IF
 */
export class DeepFloydIf implements Model {
  readonly family = 'deepfloyd-if';
  readonly name: string;
  readonly manifest: CascadeManifest;
  readonly runtime: Runtime;
  readonly defaults: ModelDefaults;
  readonly stages: readonly Stage[];
  readonly #ends: ReadonlyMap<string, StageEnds>;
  readonly #graphs: readonly Graph[];
  #disposed: Promise<void> | undefined;

  /** @internal */
  constructor(manifest: CascadeManifest, runtime: Runtime, stages: readonly StageEnds[], graphs: readonly Graph[]) {
    this.name = manifest.name;
    this.manifest = manifest;
    this.runtime = runtime;
    this.defaults = manifest.defaults;
    this.stages = stages.map(({ stage }) => stage);
    this.#ends = new Map(stages.map((ends) => [ends.stage.name, ends]));
    this.#graphs = graphs;
  }

  encode(texts: readonly string[], warn: (message: string) => void, stage: string): Promise<readonly Condition[]> {
    return this.#ends.get(stage)!.textEncoder.encode(texts, warn);
  }

  /** The stream of `torch.Generator('cpu').manual_seed(seed)`. */
  random(seed: number): RandomSource {
    return torchRandom(seed);
  }

  decode(x: Tensor, ops: TensorOps, stage: string): Promise<readonly Image[]> {
    return this.#ends.get(stage)!.decoder.decode(x, ops);
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

/** @throws FAMILY_MISMATCH @internal */
export function checkFamily(manifest: Manifest): asserts manifest is CascadeManifest {
  const { name, family } = manifest;
  if (family === 'deepfloyd-if' && 'stages' in manifest) return;
  throw new GuidanceError(
    'FAMILY_MISMATCH',
    `${name} is a bundle of the family ${family}${'stages' in manifest ? '' : ' without stages'}; loadDeepFloydIf takes ` +
      "deepfloyd-if. Use that family's adapter.",
    { expected: 'deepfloyd-if', received: family },
  );
}
