import { GuidanceError } from '../errors.js';
import type { Space } from '../space.js';
import type { Step } from '../step.js';

/**
 * The best prediction for data that is N(μ, s²) in every element, in any space.
 *
 *     D(x) = (s²·y + σ²·μ)/(s² + σ²) with y = x/α        ε = (y − D)/σ
 *
 * With s = 0 the data is the point μ and D(x) = μ.
 *
 * @internal
 */
export function predictGaussian(space: Space, step: Step, x: number, mean: number, spread: number): number {
  const { alpha, sigma } = step;
  const y = x / alpha;
  const sample = (spread ** 2 * y + sigma ** 2 * mean) / (spread ** 2 + sigma ** 2);
  const epsilon = (y - sample) / sigma;
  if (space === 'epsilon') return epsilon;
  if (space === 'sample') return sample;
  if (space === 'velocity') return alpha * epsilon - alpha * sigma * sample;
  if (space === 'flow') return epsilon - sample;
  throw new GuidanceError('UNSUPPORTED', `The reference model has no space "${space}".`, { space });
}

/**
 * The noise estimate a prediction stands for as [a, b] in ε = a·value + b·y, y = x/α.
 *
 * @internal
 */
export function epsilonFrom(space: Space, { alpha, sigma }: Step): readonly [number, number] {
  if (space === 'sample') return [-1 / sigma, 1 / sigma];
  if (space === 'velocity') return [alpha, alpha ** 2 * sigma];
  if (space === 'flow') return [1 / (1 + sigma), 1 / (1 + sigma)];
  return [1, 0];
}
