import { checkNumber } from '../check.js';
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
 * @throws OPTION_INVALID when w is not finite.
 *
 * @example
 * const guidance = scale(7.5);
 * @category Methods
 */
export function scale(weight: Coefficient): Guidance<void> {
  checkNumber('scale', weight);
  const every = (value: number): boolean =>
    typeof weight === 'number' ? weight === value : weight.every((item) => item === value);
  return {
    name: 'scale',
    branches: () => (every(1) ? [] : every(0) ? ['unconditional'] : ['unconditional', 'prompt']),
    dropsPrompt: () => every(0),
    init: () => undefined,
    update: (direction) => direction.times(weight),
  };
}
