import type { Layout } from './layout.js';

/**
 * A concept vector: what guidance added at every step of one run, on the host.
 *
 * @category Record and replay
 */
export interface Trace {
  /** Differences of noise estimates, whatever the model predicts; those of logits for a model of tokens. */
  readonly space: 'epsilon';
  readonly layout: Layout;
  /** Shape of one step's γ, batch included. */
  readonly shape: readonly number[];
  readonly seeds: readonly number[];
  readonly sampler: string;
  readonly stage: string;
  /** γ of each step, row-major; all zero where nothing was added. */
  readonly gammas: readonly Float32Array[];
}
