import type { Tensor, TensorOps } from '@sega/guidance';
import { GuidanceError } from '@sega/guidance';
import { DDPM } from './config/sampler-classes.js';
import { linear } from './linear.js';
import { optionsFromConfig } from './sampler-from-config.js';
import { trainTimesteps } from './schedule/betas.js';
import { alphaBars, levelOfAlphaBar } from './schedule/noise-level.js';

/** Adds noise of one level to clean pictures. @category Schedule */
export type Noising = (clean: Tensor, noise: Tensor, ops: TensorOps) => Tensor;

/**
 * The forward process at one timestep, as cascades use it to condition on noised low-resolution pictures.
 *
 *     x = √ᾱ·x₀ + √(1 − ᾱ)·n
 *
 * @param config - The contents of the scheduler_config.json of the noise.
 * @param level - The timestep, from 0 to the training timesteps less 1.
 * @throws OPTION_INVALID when the level is outside; SAMPLER_OPTION_UNSUPPORTED for an option of the noise.
 *
 * @example
 * const noising = noisingFromConfig({ _class_name: 'DDPMScheduler', beta_schedule: 'squaredcos_cap_v2' }, 250);
 * // √ᾱ₂₅₀ = 0.9197
 * @category Schedule
 */
export function noisingFromConfig(config: unknown, level: number): Noising {
  const options = optionsFromConfig(config, DDPM);
  const trained = trainTimesteps(options);
  if (!(Number.isInteger(level) && level >= 0 && level < trained)) {
    throw new GuidanceError(
      'OPTION_INVALID',
      `The noise level is ${level}; it must be a whole number from 0 to ${trained - 1}, the training timesteps of its schedule.`,
      { option: 'noiseLevel', value: level, most: trained - 1 },
    );
  }
  const { signal, noise } = levelOfAlphaBar(alphaBars(options)[level]!);
  return (clean, drawn, ops) =>
    linear(
      [
        [signal, clean],
        [noise, drawn],
      ],
      ops,
    );
}
