import type { Branch } from './branch.js';
import type { Direction } from './direction.js';
import type { Layout } from './layout.js';
import type { Model } from './model.js';
import type { Predictions } from './prediction.js';
import type { Space } from './space.js';
import type { Step } from './step.js';
import type { Tensor, TensorOps } from './tensor.js';

/**
 * What a method did in a run, as it says itself: plain data that goes into a picture's metadata.
 *
 * @category Hook
 */
export interface Applied {
  /** The method's name. */
  readonly method: string;
  readonly stage: string;
  readonly [fact: string]: unknown;
}

/**
 * What a method knows of the run it steers: one stage of one call to `generate`.
 *
 * @category Hook
 */
export interface RunInfo {
  /** The model that runs. */
  readonly model: Pick<Model, 'family' | 'name'>;
  /** Name of the stage: `base` for single-stage models, `I`, `II`, … in a cascade. */
  readonly stage: string;
  /** What the stage's predictions mean. */
  readonly space: Space;
  /** Which axes they have. */
  readonly layout: Layout;
  /** Shape of a prediction's guided part, batch included. */
  readonly shape: readonly number[];
  /** Evaluations in the run. */
  readonly steps: number;
  /** One seed for each picture of the batch. */
  readonly seeds: readonly number[];
  /** Name of the sampler. */
  readonly sampler: string;
  /** Takes a message for the result's `warnings`. */
  warn(message: string): void;
  /** Takes what a method did, for the result's `applied`. */
  report(done: Applied): void;
}

/**
 * The hook: a guidance method.
 *
 * Configuration is immutable and shared; everything that changes during a run lives in the state `init` returns, one
 * per run and stage, so that runs interleave. The host calls `branches`, has the model predict them in one batch, and
 * hands the predictions to `update`.
 *
 * @typeParam State - What the method remembers between steps.
 *
 * @example
 * // Doubles whatever the methods before it decided.
 * const twice: Guidance<void> = {
 *   name: 'twice',
 *   branches: () => ['prompt', 'unconditional'],
 *   init: () => undefined,
 *   update: (direction) => direction.times(2),
 * };
 * @category Hook
 */
export interface Guidance<State = unknown> {
  /** For messages and metadata. */
  readonly name: string;
  /** True for a method that acts after all others of its chain, wherever it stands; of several the first has the last word. */
  readonly last?: boolean;
  /** The methods a chain consists of, in the order given. */
  readonly links?: readonly Guidance[];
  /**
   * The branches this method reads or adds at a step, in any order; repeats do no harm. Decided on the host from the step
   * alone; fewer is faster. The prompt's branch need not be named when it is only passed through.
   */
  branches(step: Step): readonly Branch[];
  /** A fresh state. Called once per run and stage before the first step. @throws when the run cannot be honoured. */
  init(run: RunInfo, ops: TensorOps): State;
  /** The new direction. May change `state`; must not keep a tensor past the step without `ops.keep`. */
  update(direction: Direction, predictions: Predictions, step: Step, state: State, ops: TensorOps): Direction;
  /** True at a step where the method removes the prompt from the direction, so that it need not be predicted. */
  dropsPrompt?(step: Step): boolean;
  /** Called once after the last step; `read` copies a kept tensor to the host. */
  finish?(state: State, read: (tensor: Tensor) => Promise<Float32Array>): Promise<void>;
}
