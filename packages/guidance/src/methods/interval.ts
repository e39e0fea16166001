import { checkNumber } from '../check.js';
import { GuidanceError } from '../errors.js';
import type { Guidance } from '../guidance.js';
import type { Step } from '../step.js';

/**
 * Where a method acts: `sigma` [low, high] means low < σ ≤ high in noise-to-signal ratio, `fraction` [from, to] means
 * from ≤ index/count < to of the run's steps.
 *
 * @category Methods
 */
export type IntervalRange =
  | { readonly sigma: readonly [number, number] }
  | { readonly fraction: readonly [number, number] };

/**
 * Limits a method to part of the run, {@link https://arxiv.org/abs/2404.07724 | Kynkäänniemi et al. 2024}.
 *
 *     direction ← inner(direction) within the interval, direction outside it
 *
 * Outside, `inner` is not asked for branches, so a step costs less, and its state rests. `interval(scale(w), …)` is
 * plain conditional sampling outside, as in the paper. Sigma carries over between samplers and numbers of steps,
 * fractions do not.
 *
 * @throws OPTION_INVALID when the bounds are not two numbers in rising order, sigma is negative, or a fraction is
 * outside [0, 1].
 *
 * @example
 * const guidance = interval(scale(7.5), { sigma: [0.28, 5.42] });
 * @category Methods
 */
export function interval<State>(inner: Guidance<State>, range: IntervalRange): Guidance<State> {
  const contains = checkedRange(range);
  return {
    name: `interval(${inner.name})`,
    branches: (step) => (contains(step) ? inner.branches(step) : []),
    init: (run, ops) => inner.init(run, ops),
    update: (direction, predictions, step, state, ops) =>
      contains(step) ? inner.update(direction, predictions, step, state, ops) : direction,
    dropsPrompt: (step) => contains(step) && (inner.dropsPrompt?.(step) ?? false),
    finish: async (state, read) => inner.finish?.(state, read),
  };
}

function checkedRange(range: IntervalRange): (step: Step) => boolean {
  const isSigma = 'sigma' in range;
  const [low, high] = isSigma ? range.sigma : range.fraction;
  const option = isSigma ? 'sigma' : 'fraction';
  const limits = isSigma ? { min: 0 } : { min: 0, max: 1 };
  checkNumber(`${option}[0]`, low, limits);
  if (!isSigma || high !== Number.POSITIVE_INFINITY) checkNumber(`${option}[1]`, high, limits);
  if (low >= high) {
    throw new GuidanceError(
      'OPTION_INVALID',
      `${option} is [${low}, ${high}]; the second number must be larger than the first.`,
      { option, value: [low, high] },
    );
  }
  if (isSigma) return ({ sigma }) => low < sigma && sigma <= high;
  return ({ index, count }) => low <= index / count && index / count < high;
}
