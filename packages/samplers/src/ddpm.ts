import { GuidanceError, type Prediction, type Sampler, type Tensor, type TensorOps } from '@sega/guidance';
import { type ClippingOptions, clip } from './clipping.js';
import { linear } from './linear.js';
import { checkTerminal, cleanFrom, type PredictionOptions, spaceOf } from './parameterization.js';
import { type NoiseOptions, trainTimesteps } from './schedule/betas.js';
import { alphaBars, CLEAN, levelOfAlphaBar, stepsAt } from './schedule/noise-level.js';
import { checkTimesteps, type SpacingOptions, spacedTimesteps, timestepsOf } from './schedule/timesteps.js';

/**
 * The variance of the noise DDPM adds: the posterior's (`fixed_small`), β̃ (`fixed_large`), or between the two as the
 * model says (`learned_range`, DeepFloyd-IF).
 *
 * @category Samplers
 */
export type VarianceType = 'fixed_small' | 'fixed_small_log' | 'fixed_large' | 'learned_range';

/** Options of {@link ddpm}. @category Samplers */
export interface DdpmOptions extends NoiseOptions, SpacingOptions, PredictionOptions, ClippingOptions {
  /** Default `fixed_small`. */
  readonly varianceType?: VarianceType;
}

/**
 * Ancestral sampling, {@link https://arxiv.org/abs/2006.11239 | Ho et al. 2020}, between any timesteps.
 *
 *     β̃ = 1 − ᾱ/ᾱ′        μ = √ᾱ′·β̃/(1 − ᾱ)·x₀ + √(ᾱ/ᾱ′)·(1 − ᾱ′)/(1 − ᾱ)·x        x′ = μ + [t > 0]·σ·z
 *
 * ᾱ′ belongs to the next timestep of the run, 1 after the last. With `learned_range` the prediction's `rest` v within
 * [−1, 1] interpolates log σ² between the posterior's variance β̃·(1 − ᾱ′)/(1 − ᾱ) and β̃
 * ({@link https://arxiv.org/abs/2102.09672 | Nichol & Dhariwal 2021} eq. 15).
 *
 * @example
 * const stage = ddpm({ betaSchedule: 'squaredcos_cap_v2', varianceType: 'learned_range', thresholding: true });
 * stage.schedule(100).steps.length; // 100
 * @category Samplers
 */
export function ddpm(options: DdpmOptions = {}): Sampler {
  const { varianceType = 'fixed_small', clipSample = true } = options;
  checkTerminal(options, options);
  const space = spaceOf(options);
  const trained = trainTimesteps(options);
  const bars = alphaBars(options);
  const clipping = { ...options, clipSample };
  return {
    name: 'ddpm',
    space,
    schedule(asked) {
      const timesteps = timestepsOf(asked, trained, 'ddpm', (count) => spacedTimesteps(count, trained, options));
      checkTimesteps(timesteps, trained, 'ddpm');
      const levels = timesteps.map((timestep) => levelOfAlphaBar(bars[timestep]!));
      const transitions = levels.map((level, i) => {
        const next = levels[i + 1] ?? CLEAN;
        // In float32 as the reference has it: near ᾱ = 1 the rounding is larger than the tolerance of its goldens.
        const beta = 1 - Math.fround(level.alphaBar / next.alphaBar);
        const remaining = 1 - level.alphaBar;
        return {
          timestep: timesteps[i]!,
          level,
          cleanFactor: (next.signal * beta) / remaining,
          stateFactor: (Math.sqrt(1 - beta) * (1 - next.alphaBar)) / remaining,
          largest: beta,
          smallest: Math.max((beta * (1 - next.alphaBar)) / remaining, 1e-20),
        };
      });
      return {
        steps: stepsAt(transitions),
        initial: (shape, noise) => noise.normal(shape),
        input: (x) => x,
        begin: () => ({}),
        step(x, prediction, { index }, _memory, noise, ops) {
          const { timestep, level, cleanFactor, stateFactor, smallest, largest } = transitions[index]!;
          const denoised = clip(cleanFrom(space, prediction.value, x, level, ops), clipping, ops);
          const mean = [
            [cleanFactor, denoised],
            [stateFactor, x],
          ] as const; // eq. 7
          if (timestep === 0) return { next: linear(mean, ops), denoised };
          const added =
            varianceType === 'learned_range'
              ? learnedNoise(prediction, smallest, largest, noise.normal(x.shape), ops)
              : ([Math.sqrt(varianceType === 'fixed_large' ? largest : smallest), noise.normal(x.shape)] as const);
          return { next: linear([...mean, added], ops), denoised };
        },
      };
    },
  };
}

/** exp(½·log σ²)·z with log σ² = (1 + v)/2·log largest + (1 − v)/2·log smallest, as a term. */
function learnedNoise(
  { rest, value }: Prediction,
  smallest: number,
  largest: number,
  noise: Tensor,
  ops: TensorOps,
): readonly [number, Tensor] {
  if (!rest) {
    throw new GuidanceError(
      'PREDICTION_SHAPE',
      'The sampler reads the variance the model learned (variance_type "learned_range"), but the prediction has no ' +
        '`rest`. Return the second half of the channels as `rest`, or set variance_type to "fixed_small".',
      { value: value.shape },
    );
  }
  const middle = (Math.log(largest) + Math.log(smallest)) / 2;
  const halfRange = (Math.log(largest) - Math.log(smallest)) / 2;
  const spread = ops.map(ops.sum([[halfRange / 2, rest]]), 'exp');
  return [Math.exp(middle / 2), ops.multiply(spread, noise)];
}
