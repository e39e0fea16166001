import { checkNumber } from '../check.js';
import { Direction } from '../direction.js';
import type { Guidance } from '../guidance.js';

/** Keeps 1/σ finite for an estimate that is constant over the picture. */
const SMALLEST_DEVIATION = 1e-8;

/**
 * Rescaled guidance, {@link https://arxiv.org/abs/2305.08891 | Lin et al. 2023}: against the overexposure of large
 * scales, the guided estimate's deviation is drawn back to that of the prompt's prediction.
 *
 *     ε̂ ← φ·ε̂·std(c)/std(ε̂) + (1 − φ)·ε̂        (eqs. 15, 16)
 *
 * Standard deviations are taken over each whole picture, in the space the model predicts. Place it after
 * {@link scale}; an estimate that is the prompt's own prediction passes unchanged.
 *
 * @param share - φ within [0, 1]. Default 0.7, the paper's.
 * @throws OPTION_INVALID when φ is out of range.
 *
 * @example
 * const guidance = chain(scale(7.5), rescale(0.7));
 * @category Methods
 */
export function rescale(share = 0.7): Guidance<void> {
  checkNumber('rescale', share, { min: 0, max: 1 });
  return {
    name: 'rescale',
    branches: () => (share === 0 ? [] : ['prompt']),
    init: () => undefined,
    update: (direction, predictions, _step, _state, ops) => {
      if (share === 0) return direction;
      const prompt = predictions.value('prompt');
      const estimate = direction.estimate(predictions, ops);
      if (estimate === prompt) return direction;
      const guided = ops.clamp(ops.deviation(estimate), SMALLEST_DEVIATION, Number.MAX_VALUE);
      const ratio = ops.multiply(ops.deviation(prompt), ops.map(guided, 'reciprocal')); // eq. 15
      const rescaled = ops.sum([
        [ops.sum([[share, ratio]]), estimate],
        [1 - share, estimate],
      ]); // eq. 16
      return Direction.zero.plus(rescaled).plus('unconditional', -1);
    },
  };
}
