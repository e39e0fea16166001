import type { Sampler, Space } from '@sega/guidance';
import { GuidanceError } from '@sega/guidance';
import { samplerFromConfig } from '@sega/samplers';

/**
 * The samplers of a bundle: its scheduler file's noise schedule, stepped by the sampler named.
 *
 * @param config - The contents of diffusers' `scheduler_config.json`.
 * @param space - What the denoiser predicts.
 * @param standard - The sampler the bundle recommends; undefined for the scheduler file's own class.
 * @throws SAMPLER_UNKNOWN, SAMPLER_OPTION_UNSUPPORTED; BUNDLE_INVALID when file and bundle disagree on the prediction.
 * @internal
 */
export function samplerOf(config: unknown, space: Space, standard: string | undefined, name?: string): Sampler {
  const sampler = samplerFromConfig(config, name ?? standard);
  if (sampler.space === space) return sampler;
  throw new GuidanceError(
    'BUNDLE_INVALID',
    `The bundle says its denoiser predicts ${space}, its scheduler file says ${sampler.space}; both must agree. ` +
      'Correct predictionType or prediction_type.',
    { bundle: space, scheduler: sampler.space },
  );
}
