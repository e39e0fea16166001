import type { Branch } from './branch.js';
import type { Image } from './image.js';
import type { Layout } from './layout.js';
import type { Predictions } from './prediction.js';
import type { RandomSource } from './random.js';
import type { Runtime } from './runtime.js';
import type { Sampler } from './sampler.js';
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

/**
 * One denoising network with its own steps.
 *
 * @category Model
 */
export interface Stage {
  /** `base` for single-stage models. */
  readonly name: string;
  readonly space: Space;
  readonly layout: Layout;
  /** The sampler by name; the bundle's own when none is named. @throws SAMPLER_UNKNOWN */
  sampler(name?: string): Sampler;
  /** Shape of the state for a picture size and batch. @throws SIZE_UNSUPPORTED */
  stateShape(size: { readonly width: number; readonly height: number; readonly items: number }): readonly number[];
  /** The network's predictions on exactly the named branches, in one batch where the graph allows it. */
  predict(x: Tensor, step: Step, branches: readonly BranchConditions[], ops: TensorOps): Promise<Predictions>;
}

/** The settings a bundle recommends; what `generate` uses when an option is left out. @category Model */
export interface ModelDefaults {
  readonly width: number;
  readonly height: number;
  readonly steps: number;
  /** Classifier-free guidance scale. */
  readonly scale: number;
  /** Settings of a concept that suit the model. */
  readonly concept: { readonly scale: number; readonly threshold: number; readonly warmup?: number };
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
   */
  encode(texts: readonly string[], warn: (message: string) => void): Promise<readonly Condition[]>;
  /** A picture's stream of random numbers. */
  random(seed: number): RandomSource;
  /** Pictures from the last stage's final state. */
  decode(x: Tensor, ops: TensorOps): Promise<readonly Image[]>;
  dispose(): Promise<void>;
}
