import { checkNumber } from '../check.js';
import { checkItems, combined, everywhere } from '../coefficient.js';
import type { Guidance } from '../guidance.js';
import type { Step } from '../step.js';
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
 * @param last - w of the last step, where it changes evenly over the run. Default: `weight`.
 * @throws OPTION_INVALID when w is not finite, or lists another number of values than the run has pictures.
 *
 * @example
 * const guidance = scale(7.5);
 * @category Methods
 */
export function scale(weight: Coefficient, last: Coefficient = weight): Guidance<void> {
  for (const value of [weight, last]) checkNumber('scale', value);
  const at = ({ index, count }: Step): Coefficient =>
    last === weight ? weight : combined(weight, last, (w, end) => w + ((end - w) * index) / Math.max(1, count - 1));
  return {
    name: 'scale',
    branches: (step) => {
      const w = at(step);
      return everywhere(w, 1) ? [] : everywhere(w, 0) ? ['unconditional'] : ['unconditional', 'prompt'];
    },
    dropsPrompt: (step) => everywhere(at(step), 0),
    init: (run) => {
      for (const value of [weight, last]) checkItems('scale', value, run.shape[0]!);
    },
    update: (direction, _predictions, step) => direction.times(at(step)),
  };
}
