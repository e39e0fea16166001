import { GuidanceError, type Sampler } from '@sega/guidance';
import { type ClippingOptions, clip } from './clipping.js';
import { linear } from './linear.js';
import { checkTerminal, cleanFrom, type PredictionOptions, spaceOf } from './parameterization.js';
import { type NoiseOptions, trainTimesteps } from './schedule/betas.js';
import { alphaBars, levelOfAlphaBar, stepsAt } from './schedule/noise-level.js';
import { checkSteps } from './schedule/timesteps.js';

/** Options of {@link lcm}. @category Samplers */
export interface LcmOptions extends NoiseOptions, PredictionOptions, ClippingOptions {
  /** Steps of the schedule the model was distilled on; the most a run can have. Default 50. */
  readonly originalInferenceSteps?: number;
  /** Factor k of the timestep in the boundary condition. Default 10. */
  readonly timestepScaling?: number;
}

/** σ_data of the boundary condition. */
const DATA_DEVIATION = 0.5;

/**
 * Latent consistency models, {@link https://arxiv.org/abs/2310.04378 | Luo et al. 2023}: foresee the picture, add
 * fresh noise, foresee again. Only for weights distilled for it.
 *
 *     d = c_out·x₀ + c_skip·x      x′ = √ᾱ′·d + √(1 − ᾱ′)·z      and d itself at the last step
 *     c_skip = σ_d²/((k·t)² + σ_d²)      c_out = k·t/√((k·t)² + σ_d²)      σ_d = ½
 *
 * @example
 * lcm().schedule(4).steps.map((step) => step.timestep); // [999, 759, 499, 259]
 * @category Samplers
 */
export function lcm(options: LcmOptions = {}): Sampler {
  const { originalInferenceSteps = 50, timestepScaling = 10 } = options;
  const noiseOptions = { betaStart: 0.00085, betaEnd: 0.012, betaSchedule: 'scaled_linear', ...options } as const;
  checkTerminal(options, options);
  const space = spaceOf(options);
  const trained = trainTimesteps(options);
  const bars = alphaBars(noiseOptions);
  checkOriginalSteps(originalInferenceSteps, trained);
  return {
    name: 'lcm',
    space,
    schedule(count) {
      checkSteps(count, 1, originalInferenceSteps, 'lcm');
      const transitions = distilledTimesteps(count, originalInferenceSteps, trained).map((timestep) => {
        const scaled = timestep * timestepScaling;
        const spread = scaled ** 2 + DATA_DEVIATION ** 2;
        return {
          timestep,
          level: levelOfAlphaBar(bars[timestep]!),
          skip: DATA_DEVIATION ** 2 / spread,
          out: scaled / Math.sqrt(spread),
        };
      });
      return {
        steps: stepsAt(transitions),
        initial: (shape, noise) => noise.normal(shape),
        input: (x) => x,
        begin: () => ({}),
        step(x, { value }, { index }, _memory, noise, ops) {
          const { level, skip, out } = transitions[index]!;
          const clean = clip(cleanFrom(space, value, x, level, ops), options, ops);
          const denoised = linear(
            [
              [out, clean],
              [skip, x],
            ],
            ops,
          );
          const to = transitions[index + 1]?.level;
          if (!to) return { next: denoised, denoised };
          return {
            next: linear(
              [
                [to.signal, denoised],
                [to.noise, noise.normal(x.shape)],
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

/** `count` of the distillation's timesteps, from high to low. */
function distilledTimesteps(count: number, original: number, trained: number): readonly number[] {
  const stride = Math.floor(trained / original);
  return Array.from({ length: count }, (_, i) => (original - Math.floor(i * (original / count))) * stride - 1);
}

function checkOriginalSteps(original: number, trained: number): void {
  if (Number.isInteger(original) && original >= 1 && original <= trained) return;
  throw new GuidanceError(
    'OPTION_INVALID',
    `originalInferenceSteps is ${original}; it must be a whole number from 1 to the ${trained} training timesteps.`,
    { option: 'originalInferenceSteps', value: original },
  );
}
