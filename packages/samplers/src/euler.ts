import type { Sampler } from '@sega/guidance';
import { linear } from './linear.js';
import { cleanFrom, type PredictionOptions, spaceOf } from './parameterization.js';
import { type NoiseOptions, trainTimesteps } from './schedule/betas.js';
import { levelOfSigma, type NoiseLevel, stepsAt } from './schedule/noise-level.js';
import { karrasSigmas, sigmaAt, sigmaTable, timestepOfSigma } from './schedule/sigmas.js';
import { checkSteps, type SpacingOptions, spacedTimesteps } from './schedule/timesteps.js';

/** Options of {@link euler}. @category Samplers */
export interface EulerOptions extends NoiseOptions, SpacingOptions, PredictionOptions {
  /** Places the noise levels as Karras et al. 2022 do. Default false. */
  readonly useKarrasSigmas?: boolean;
  /** Lowest σ of Karras' levels. Default: the spaced timesteps' own. */
  readonly sigmaMin?: number;
  /** Highest σ of Karras' levels. Default: the spaced timesteps' own. */
  readonly sigmaMax?: number;
  /** Where the run ends: at 0 or at the σ of the first training timestep. Default `zero`. */
  readonly finalSigmasType?: 'zero' | 'sigma_min';
}

/** A step of a run in noise levels: from σ to the next. @internal */
export interface SigmaTransition {
  readonly timestep: number;
  readonly level: NoiseLevel;
  readonly sigma: number;
  readonly next: number;
}

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
 * sampler.schedule(30).initialScale; // 14.61
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
        initialScale: initialScale(transitions, options),
        input: (x, { index }, ops) => linear([[transitions[index]!.level.signal, x]], ops),
        begin: () => ({}),
        step(x, { value }, { index }, _memory, _noise, ops) {
          const { level, sigma, next } = transitions[index]!;
          const denoised = cleanFrom(space, value, x, level, ops, level.signal);
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

/** The noise levels of a run, in which the state is x₀ + σ·ε. @throws STEPS_INVALID @internal */
export function sigmaTransitions(count: number, options: EulerOptions, sampler: string): readonly SigmaTransition[] {
  const { timestepSpacing = 'linspace', useKarrasSigmas = false, finalSigmasType = 'zero' } = options;
  const trained = trainTimesteps(options);
  checkSteps(count, 1, trained, sampler);
  const table = sigmaTable(options);
  let timesteps = spacedTimesteps(count, trained, { ...options, timestepSpacing }, true);
  let sigmas: readonly number[] = timesteps.map((timestep) => sigmaAt(table, timestep));
  if (useKarrasSigmas) {
    const { sigmaMin = sigmas.at(-1)!, sigmaMax = sigmas[0]! } = options;
    sigmas = karrasSigmas(sigmaMax, sigmaMin, count);
    timesteps = sigmas.map((sigma) => Math.fround(timestepOfSigma(table, sigma)));
  }
  const final = finalSigmasType === 'zero' ? 0 : table[0]!;
  return sigmas.map((sigma, i) => ({
    timestep: timesteps[i]!,
    level: levelOfSigma(sigma),
    sigma,
    next: sigmas[i + 1] ?? final,
  }));
}

/** Standard deviation of the initial state. @internal */
export function initialScale(
  transitions: readonly SigmaTransition[],
  { timestepSpacing = 'linspace' }: SpacingOptions,
): number {
  const { sigma } = transitions[0]!;
  return timestepSpacing === 'leading' ? Math.sqrt(sigma ** 2 + 1) : sigma;
}
