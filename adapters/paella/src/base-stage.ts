import type { TokenManifest } from '@sega/bundle';
import { checkInputs, findPort, runRows } from '@sega/bundle/adapter';
import {
  type BranchConditions,
  type Graph,
  LOGITS_LAYOUT,
  type Predictions,
  type Stage,
  type StageDefaults,
  type Step,
  type Tensor,
  type TensorOps,
} from '@sega/guidance';
import type { TokenDenoiser } from './denoiser.js';
import { gridShape } from './grid-size.js';

const CONDITIONER = 'image conditioner';

/** The stage that makes the tokens of a picture. @internal */
export class BaseStage implements Stage {
  readonly name = 'base';
  readonly space = 'logits';
  readonly layout = LOGITS_LAYOUT;
  readonly defaults: StageDefaults;
  readonly sampler: Stage['sampler'];
  /** There where a stage before makes embeddings of pictures. */
  readonly condition?: NonNullable<Stage['condition']>;
  readonly #manifest: TokenManifest;
  readonly #denoiser: TokenDenoiser;

  /**
   * @param conditioner - The embedding of a picture → its tokens.
   * @throws UNSUPPORTED when the conditioner asks for more than embeddings.
   */
  constructor(
    manifest: TokenManifest,
    denoiser: TokenDenoiser,
    sampler: Stage['sampler'],
    conditioner: Graph | undefined,
  ) {
    const { conditional } = manifest.sampling;
    this.defaults = { ...manifest.defaults, ...(conditional !== undefined && { guided: conditional }) };
    this.sampler = sampler;
    if (conditioner) this.condition = conditionBy(conditioner);
    this.#manifest = manifest;
    this.#denoiser = denoiser;
  }

  /** The grid of tokens, as whole numbers. */
  stateShape(size: { readonly width: number; readonly height: number; readonly items: number }): readonly number[] {
    return gridShape(this.#manifest.codebook, size);
  }

  predictionShape([items, ...grid]: readonly number[]): readonly number[] {
    return [items!, this.#manifest.codebook.codes, ...grid];
  }

  /** @param picture - [pictures, tokens, width]: what the prompt's branch sees beside its text. */
  predict(
    x: Tensor,
    step: Step,
    branches: readonly BranchConditions[],
    ops: TensorOps,
    picture?: Tensor,
  ): Promise<Predictions> {
    return this.#denoiser.predict(x, step, branches, ops, picture);
  }
}

/** Each embedding runs by itself: ONNX Runtime rounds differently in another company. */
function conditionBy(graph: Graph): NonNullable<Stage['condition']> {
  const input = findPort(CONDITIONER, graph.inputs, ['embedding'], 2);
  const output = findPort(CONDITIONER, graph.outputs, ['condition'], 3);
  checkInputs(CONDITIONER, graph, [input]);
  return (embedding, _noise, ops) => runRows(graph, output.name, { tensors: { [input.name]: embedding } }, 1, ops);
}
