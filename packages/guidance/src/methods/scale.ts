import { checkNumber } from '../check.js';
import { checkItems, everywhere } from '../coefficient.js';
import type { Guidance } from '../guidance.js';
import type { Coefficient } from '../tensor.js';

/**
 * Classifier-free guidance, {@link https://arxiv.org/abs/2207.12598 | Ho & Salimans 2022}: scales the direction.
 *
 *     direction ← w · direction
 *
 * On its own the estimate is u + w·(c − u). Scale 1 is the prompt's prediction and scale 0 the unconditional one, bit
 * for bit; the other branch is not predicted unless another method asks for it.
 *
 * @param weight - w, any finite number, or one for each picture. The usual range is 1 to 15.
 * @throws OPTION_INVALID when w is not finite, or lists another number of values than the run has pictures.
 *
 * @example
 * const guidance = scale(7.5);
 * @category Methods
 */
export function scale(weight: Coefficient): Guidance<void> {
  checkNumber('scale', weight);
  const needed = everywhere(weight, 1)
    ? []
    : everywhere(weight, 0)
      ? (['unconditional'] as const)
      : (['unconditional', 'prompt'] as const);
  return {
    name: 'scale',
    branches: () => needed,
    dropsPrompt: () => everywhere(weight, 0),
    init: (run) => checkItems('scale', weight, run.shape[0]!),
    update: (direction) => direction.times(weight),
  };
}
