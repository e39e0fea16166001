import type { Step } from './step.js';

/**
 * What the guided part of a prediction means.
 *
 * | space | value |
 * |---|---|
 * | `epsilon` | the noise ε in x = α·x₀ + α·σ·ε |
 * | `velocity` | v = α·ε − α·σ·x₀ |
 * | `sample` | the clean picture x₀ |
 * | `flow` | ε − x₀ of a rectified flow |
 * | `logits` | unnormalised log-probabilities over a codebook |
 *
 * @category Tensors
 */
export type Space = 'epsilon' | 'velocity' | 'sample' | 'flow' | 'logits';

/**
 * The factor k that turns a difference of two predictions of the same input into the difference of their noise
 * estimates: Δε = k·Δvalue. Stateful and absolute-threshold methods multiply by it, so that their settings mean the
 * same whatever a model predicts.
 *
 *     epsilon 1      velocity α      sample −1/σ      flow 1/(1 + σ)      logits 1
 *
 * with α the signal's share and σ the noise-to-signal ratio of the step; for a rectified flow σ/(1 + σ) is its time.
 *
 * @example
 * epsilonFactor('velocity', step); // step.alpha
 * @category Tensors
 */
export function epsilonFactor(space: Space, step: Step): number {
  switch (space) {
    case 'velocity':
      return step.alpha;
    case 'sample':
      return -1 / step.sigma;
    case 'flow':
      return 1 / (1 + step.sigma);
    default:
      return 1;
  }
}
