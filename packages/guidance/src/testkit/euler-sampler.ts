import { checkNumber } from '../check.js';
import { GuidanceError } from '../errors.js';
import type { Sampler } from '../sampler.js';
import type { Space } from '../space.js';
import type { Step } from '../step.js';
import { epsilonFrom } from './analytic-denoiser.js';

/**
 * Euler's method from σ = 10 to 0 over y = x/α, noise levels evenly spaced in log σ but for the last step to 0.
 *
 * @internal
 */
export function eulerSampler(space: Space): Sampler {
  return {
    name: 'euler',
    space,
    schedule(count) {
      if (typeof count !== 'number') throw new GuidanceError('STEPS_INVALID', `steps is ${count}; give their number.`);
      checkNumber('steps', count, { min: 1, max: 1000, integer: true });
      const sigmas = Array.from({ length: count }, (_, index) => 10 * 0.01 ** (index / count));
      const steps = sigmas.map(
        (sigma, index): Step => ({
          index,
          count,
          timestep: Math.round(1000 * (1 - index / count)) - 1,
          alpha: 1 / Math.sqrt(1 + sigma ** 2),
          sigma,
        }),
      );
      return {
        steps,
        initial: (shape, noise, ops) => ops.sum([[10, noise.normal(shape)]]),
        begin: () => ({}),
        input: (y, { alpha }, ops) => ops.sum([[alpha, y]]),
        step(y, { value }, step, _memory, _noise, ops) {
          const [a, b] = epsilonFrom(space, step);
          const epsilon = ops.sum([
            [a, value],
            [b, y],
          ]);
          const change = (sigmas[step.index + 1] ?? 0) - step.sigma;
          return {
            next: ops.sum([
              [1, y],
              [change, epsilon],
            ]),
            denoised: ops.sum([
              [1, y],
              [-step.sigma, epsilon],
            ]),
          };
        },
      };
    },
  };
}
