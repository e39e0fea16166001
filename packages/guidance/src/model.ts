import type { Branch } from './branch.js';
import type { Image } from './image.js';
import type { Layout } from './layout.js';
import type { Momentum } from './methods/momentum.js';
import type { Predictions } from './prediction.js';
import type { Noise, RandomSource } from './random.js';
import type { Runtime } from './runtime.js';
import type { Sampler, Steps } from './sampler.js';
import type { Space } from './space.js';
import type { Step } from './step.js';
import type { Tensor, TensorOps } from './tensor.js';

/** An encoded text, opaque to everyone but the adapter that made it. @category Model */
export interface Condition {
  readonly text: string;
}

/** The conditions one branch is predicted under: one for each picture of the batch. @category Model */
export interface BranchConditions {
  readonly branch: Branch;
  readonly conditions: readonly Condition[];
}

/** What a stage runs with when nothing is asked of it. @category Model */
export interface StageDefaults {
  readonly steps: Steps;
  /** Classifier-free guidance scale. */
  readonly scale: number;
  /** Share of the steps with classifier-free guidance, the first ones, within (0, 1]; the prompt alone decides the others. Default 1. */
  readonly guided?: number;
}

/**
 * One denoising network with its own steps. A cascade has several: each starts from noise of its own and is conditioned
 * on what the one before it made.
 *
 * @category Model
 */
export interface Stage {
  /** `base` for single-stage models; `I`, `II`, … in a cascade. */
  readonly name: string;
  /**
   * True for a stage that only prepares what the next one is conditioned on. What is asked of no stage by name passes it by:
   * guidance, steps and sampler. It makes no pictures.
   */
  readonly auxiliary?: boolean;
  readonly defaults: StageDefaults;
  readonly space: Space;
  readonly layout: Layout;
  /** The sampler by name; the bundle's own when none is named. @throws SAMPLER_UNKNOWN */
  sampler(name?: string): Sampler;
  /** Shape of the state for the size of the finished picture and a batch. @throws SIZE_UNSUPPORTED */
  stateShape(size: { readonly width: number; readonly height: number; readonly items: number }): readonly number[];
  /** Shape of a prediction's guided part for a shape of the state, where it is another: logits over a grid of tokens. */
  predictionShape?(state: readonly number[]): readonly number[];
  /**
   * What this stage is conditioned on, from the final state of the stage before. Called once for each run, after the
   * stage's first noise is drawn; every step's `predict` receives it.
   *
   * @param noise - Draws from the pictures' own streams.
   */
  condition?(previous: Tensor, noise: Noise, ops: TensorOps): Tensor | Promise<Tensor>;
  /**
   * The network's predictions on exactly the named branches, in one batch where the graph allows it.
   *
   * @param condition - What `condition` made; undefined in a first stage.
   */
  predict(
    x: Tensor,
    step: Step,
    branches: readonly BranchConditions[],
    ops: TensorOps,
    condition?: Tensor,
  ): Promise<Predictions>;
}

/** The settings a bundle recommends; what `generate` uses when an option is left out. @category Model */
export interface ModelDefaults {
  /** Of the finished picture. */
  readonly width: number;
  readonly height: number;
  /** Settings of a concept that suit the model. */
  readonly concept: { readonly scale: number; readonly threshold: number; readonly warmup?: number };
  /** Momentum of the concepts that suits the model. Default: none. */
  readonly momentum?: Momentum;
}

/**
 * A model family plugged in: text → conditions, predictions by branch, sampler, decoder. This is what an adapter
 * implements; {@link generate} does the rest.
 *
 * @category Model
 */
export interface Model extends AsyncDisposable {
  /** `stable-diffusion`, `deepfloyd-if`, `paella`, … */
  readonly family: string;
  /** The bundle's name. */
  readonly name: string;
  readonly runtime: Runtime;
  readonly defaults: ModelDefaults;
  /** In the order they run. */
  readonly stages: readonly Stage[];
  /**
   * Encodes texts, each at most once while it stays cached.
   *
   * @param warn - Takes a message for each text that had to be cut.
   * @param stage - Name of the stage the conditions are for, where stages have text encoders of their own.
   */
  encode(texts: readonly string[], warn: (message: string) => void, stage: string): Promise<readonly Condition[]>;
  /** A picture's stream of random numbers. */
  random(seed: number): RandomSource;
  /** Pictures from a state of the stage named; none for an auxiliary stage. */
  decode(x: Tensor, ops: TensorOps, stage: string): Promise<readonly Image[]>;
  /** Frees its networks; the runtime stays the caller's. Once is enough, more do no harm. */
  dispose(): Promise<void>;
}
