import type { Sampler } from '@sega/guidance';
import { linear } from './linear.js';
import { cleanFromExploding, type PredictionOptions, spaceOf } from './parameterization.js';
import type { NoiseOptions } from './schedule/betas.js';
import { stepsAt } from './schedule/noise-level.js';
import { initialDeviation, sigmaTransitions } from './schedule/sigma-schedule.js';
import type { SpacingOptions } from './schedule/timesteps.js';

/** Options of {@link eulerAncestral}. @category Samplers */
export interface EulerAncestralOptions extends NoiseOptions, SpacingOptions, PredictionOptions {}

/**
 * Euler's method with fresh noise at each step: down past the next noise level, then up to it.
 *
 *     σu² = σ′²·(σ² − σ′²)/σ²        σd² = σ′² − σu²        x′ = x + (σd − σ)·(x − x₀)/σ + σu·z
 *
 * Noise is drawn at every step, also at the last where its factor is 0, so that a stream goes on as in diffusers.
 *
 * @example
 * const sampler = eulerAncestral({ betaSchedule: 'scaled_linear', betaStart: 0.00085, betaEnd: 0.012 });
 * sampler.schedule(30).steps[1]?.timestep; // 964.55
 * @category Samplers
 */
export function eulerAncestral(options: EulerAncestralOptions = {}): Sampler {
  const space = spaceOf(options);
  return {
    name: 'euler-ancestral',
    space,
    schedule(count) {
      const transitions = sigmaTransitions(count, options, 'euler-ancestral');
      return {
        steps: stepsAt(transitions),
        initial: (shape, noise, ops) => ops.sum([[initialDeviation(transitions, options), noise.normal(shape)]]),
        input: (x, { index }, ops) => linear([[transitions[index]!.level.signal, x]], ops),
        begin: () => ({}),
        step(x, { value }, { index }, _memory, noise, ops) {
          const { level, sigma, next } = transitions[index]!;
          const denoised = cleanFromExploding(space, value, x, level, ops);
          const up = (next * Math.sqrt(sigma ** 2 - next ** 2)) / sigma;
          const kept = Math.sqrt(next ** 2 - up ** 2) / sigma;
          return {
            next: linear(
              [
                [kept, x],
                [1 - kept, denoised],
                [up, noise.normal(x.shape)],
              ],
              ops,
            ),
            denoised,
          };
        },
      };
    },
  };
}
