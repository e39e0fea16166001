import type { Prediction } from './prediction.js';
import type { Noise } from './random.js';
import type { Space } from './space.js';
import type { Step } from './step.js';
import type { Tensor, TensorOps } from './tensor.js';

/**
 * A way from noise to a picture: a noise schedule and the step from one state to the next.
 *
 * @category Sampling
 */
export interface Sampler {
  readonly name: string;
  /** What the model's predictions mean to this sampler. */
  readonly space: Space;
  /** The schedule of a run. @throws STEPS_INVALID unless the sampler can place the steps. */
  schedule(steps: Steps): Schedule;
}

/**
 * How often a run asks the network, and at which noise levels: a number of evaluations for the sampler to place, the
 * training timesteps themselves from high to low, or the name of such a list where the model has named ones.
 *
 * @category Sampling
 */
export type Steps = number | string | readonly number[];

/**
 * The steps of one run. Holds no state of the run itself.
 *
 * @category Sampling
 */
export interface Schedule {
  /** One entry for each evaluation of the network. */
  readonly steps: readonly Step[];
  /** The state a run starts from, of the shape given. */
  initial(shape: readonly number[], noise: Noise, ops: TensorOps): Tensor;
  /** The network's input at a step, from the state (diffusers' `scale_model_input`). */
  input(x: Tensor, step: Step, ops: TensorOps): Tensor;
  /** A fresh memory for one run. */
  begin(): StepMemory;
  /**
   * From the state and the guided prediction to the next state.
   *
   * @param noise - Drawn from only when the step needs it.
   */
  step(
    x: Tensor,
    prediction: Prediction,
    step: Step,
    memory: StepMemory,
    noise: Noise,
    ops: TensorOps,
  ): SamplerStep | Promise<SamplerStep>;
}

/** What a multistep sampler remembers between steps; opaque to everyone else. @category Sampling */
export type StepMemory = Record<string, unknown>;

/** A step's outcome. @category Sampling */
export interface SamplerStep {
  /** The next state. */
  readonly next: Tensor;
  /** The clean picture this step foresees: what previews decode. */
  readonly denoised: Tensor;
}
