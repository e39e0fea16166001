import type { Sampler } from '@sega/guidance';
import { samplerFromConfig } from '@sega/samplers';
import { namedTimesteps } from './timesteps.js';

/** The least λ = ln α/s of a cosine schedule that solvers in λ start from: below, its noise grows without bound. */
const LEAST_LAMBDA = -5.1;

/**
 * The samplers of a stage: its scheduler file's noise schedule, stepped by its own class or the sampler named. Named
 * schedules are known to all that can place listed timesteps.
 *
 * @param config - The contents of diffusers' `scheduler_config.json`.
 * @param standard - The sampler the bundle recommends; undefined for the file's own class.
 * @throws SAMPLER_UNKNOWN, SAMPLER_OPTION_UNSUPPORTED
 * @internal
 */
export function samplerOf(config: unknown, standard: string | undefined, name?: string): Sampler {
  const { beta_schedule, num_train_timesteps: trained } = { ...(config as SchedulerConfig) };
  const isCosine = beta_schedule === 'squaredcos_cap_v2';
  const bounded = isCosine ? { lambda_min_clipped: LEAST_LAMBDA, ...(config as SchedulerConfig) } : config;
  const sampler = samplerFromConfig(bounded, name ?? standard);
  return {
    ...sampler,
    schedule: (steps) => sampler.schedule(namedTimesteps(steps, typeof trained === 'number' ? trained : 1000)),
  };
}

/** True when the stage's own sampler reads the variance its denoiser learned. @internal */
export function readsVariance(config: unknown): boolean {
  return (config as SchedulerConfig | null)?.variance_type === 'learned_range';
}

type SchedulerConfig = Readonly<Record<string, unknown>>;
