import type { Sampler } from '@sega/guidance';
import { checkNumber } from './check-number.js';
import { type ClippingOptions, clip } from './clipping.js';
import { type LinearTerm, linear } from './linear.js';
import { checkTerminal, cleanFrom, noiseFrom, type PredictionOptions, spaceOf } from './parameterization.js';
import { type NoiseOptions, trainTimesteps } from './schedule/betas.js';
import { alphaBars, CLEAN, levelOfAlphaBar, stepsAt } from './schedule/noise-level.js';
import { checkTimesteps, type SpacingOptions, spacedTimesteps, timestepsOf } from './schedule/timesteps.js';

/** Options of {@link ddim}. @category Samplers */
export interface DdimOptions extends NoiseOptions, SpacingOptions, PredictionOptions, ClippingOptions {
  /** The run ends at ᾱ = 1; otherwise at the ᾱ of the first training timestep. Default true; Stable Diffusion false. */
  readonly setAlphaToOne?: boolean;
  /** η within [0, 1]: 0 adds no noise, 1 as much as DDPM. Default 0. */
  readonly eta?: number;
}

/**
 * Denoising diffusion implicit models, {@link https://arxiv.org/abs/2010.02502 | Song et al. 2020} eq. 12.
 *
 *     x′ = √ᾱ′·x₀ + √(1 − ᾱ′ − s²)·ε + s·z      s² = η²·(1 − ᾱ′)/(1 − ᾱ)·(1 − ᾱ/ᾱ′)
 *
 * ᾱ′ belongs to the timestep one stride T/n further down, as in diffusers' `DDIMScheduler`. One evaluation for each
 * step; with η > 0 one draw of noise for each step.
 *
 * @throws OPTION_INVALID when η is outside [0, 1].
 *
 * @example
 * const sampler = ddim({ betaSchedule: 'scaled_linear', betaStart: 0.00085, betaEnd: 0.012, clipSample: false });
 * sampler.schedule(50).steps[0]?.timestep; // 980
 * @category Samplers
 */
export function ddim(options: DdimOptions = {}): Sampler {
  const { eta = 0, setAlphaToOne = true, clipSample = true } = options;
  checkNumber('eta', eta, 0, 1);
  checkTerminal(options, options);
  const space = spaceOf(options);
  const trained = trainTimesteps(options);
  const bars = alphaBars(options);
  const clipping = { ...options, clipSample };
  return {
    name: 'ddim',
    space,
    schedule(asked) {
      const timesteps = timestepsOf(asked, trained, 'ddim', (count) => spacedTimesteps(count, trained, options));
      checkTimesteps(timesteps, trained, 'ddim');
      const stride = Math.floor(trained / timesteps.length);
      const transitions = timesteps.map((timestep, i) => {
        const last = setAlphaToOne ? CLEAN : levelOfAlphaBar(bars[0]!);
        const level = levelOfAlphaBar(bars[timestep]!);
        const following = typeof asked === 'number' ? timestep - stride : (timesteps[i + 1] ?? -1);
        const next = following < 0 ? last : levelOfAlphaBar(bars[following]!);
        const share = ((1 - next.alphaBar) / (1 - level.alphaBar)) * (1 - level.alphaBar / next.alphaBar);
        return { timestep, level, next, deviation: eta * Math.sqrt(share) }; // eq. 16
      });
      return {
        steps: stepsAt(transitions),
        initial: (shape, noise) => noise.normal(shape),
        input: (x) => x,
        begin: () => ({}),
        step(x, { value }, { index }, _memory, noise, ops) {
          const { level, next, deviation } = transitions[index]!;
          const denoised = clip(cleanFrom(space, value, x, level, ops), clipping, ops);
          const epsilon = noiseFrom(space, value, x, level, ops);
          const terms: LinearTerm[] = [
            [next.signal, denoised],
            [Math.sqrt(1 - next.alphaBar - deviation ** 2), epsilon],
          ];
          if (eta > 0) terms.push([deviation, noise.normal(x.shape)]);
          return { next: linear(terms, ops), denoised }; // eq. 12
        },
      };
    },
  };
}
