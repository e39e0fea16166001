import type { Sampler } from '@sega/guidance';
import { linear } from './linear.js';
import { cleanFromExploding, type PredictionOptions, spaceOf } from './parameterization.js';
import { stepsAt } from './schedule/noise-level.js';
import { initialDeviation, type SigmaOptions, sigmaTransitions } from './schedule/sigma-schedule.js';

/** Options of {@link euler}. @category Samplers */
export interface EulerOptions extends SigmaOptions, PredictionOptions {}

/**
 * Euler's method on the probability flow, {@link https://arxiv.org/abs/2206.00364 | Karras et al. 2022} algorithm 1
 * without churn.
 *
 *     x′ = x + (σ′ − σ)·(x − x₀)/σ
 *
 * The state is x₀ + σ·ε; the network reads it divided by √(σ² + 1). Timesteps may be fractional.
 *
 * @example
 * const sampler = euler({ betaSchedule: 'scaled_linear', betaStart: 0.00085, betaEnd: 0.012 });
 * sampler.schedule(30).steps[0]?.sigma; // 14.61
 * @category Samplers
 */
export function euler(options: EulerOptions = {}): Sampler {
  const space = spaceOf(options);
  return {
    name: 'euler',
    space,
    schedule(count) {
      const transitions = sigmaTransitions(count, options, 'euler');
      return {
        steps: stepsAt(transitions),
        initial: (shape, noise, ops) => ops.sum([[initialDeviation(transitions, options), noise.normal(shape)]]),
        input: (x, { index }, ops) => linear([[transitions[index]!.level.signal, x]], ops),
        begin: () => ({}),
        step(x, { value }, { index }, _memory, _noise, ops) {
          const { level, sigma, next } = transitions[index]!;
          const denoised = cleanFromExploding(space, value, x, level, ops);
          const kept = next / sigma;
          return {
            next: linear(
              [
                [kept, x],
                [1 - kept, denoised],
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
