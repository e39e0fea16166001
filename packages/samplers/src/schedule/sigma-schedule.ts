import type { Steps } from '@sega/guidance';
import { type NoiseOptions, trainTimesteps } from './betas.js';
import { levelOfSigma, type NoiseLevel } from './noise-level.js';
import { karrasSigmas, sigmaAt, sigmaTable, timestepOfSigma } from './sigmas.js';
import { type SpacingOptions, spacedTimesteps, timestepsOf } from './timesteps.js';

/** How noise levels are placed in a run over σ. @category Schedule */
export interface SigmaOptions extends NoiseOptions, SpacingOptions {
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

/** The noise levels of a run, in which the state is x₀ + σ·ε. @throws STEPS_INVALID @internal */
export function sigmaTransitions(steps: Steps, options: SigmaOptions, sampler: string): readonly SigmaTransition[] {
  const { timestepSpacing = 'linspace', useKarrasSigmas = false, finalSigmasType = 'zero' } = options;
  const trained = trainTimesteps(options);
  const table = sigmaTable(options);
  let timesteps = timestepsOf(steps, trained, sampler, (count) =>
    spacedTimesteps(count, trained, { ...options, timestepSpacing }, true),
  );
  let sigmas: readonly number[] = timesteps.map((timestep) => sigmaAt(table, timestep));
  if (useKarrasSigmas) {
    const { sigmaMin = sigmas.at(-1)!, sigmaMax = sigmas[0]! } = options;
    sigmas = karrasSigmas(sigmaMax, sigmaMin, timesteps.length);
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
export function initialDeviation(
  transitions: readonly SigmaTransition[],
  { timestepSpacing = 'linspace' }: SpacingOptions,
): number {
  const { sigma } = transitions[0]!;
  return timestepSpacing === 'leading' ? Math.sqrt(sigma ** 2 + 1) : sigma;
}
