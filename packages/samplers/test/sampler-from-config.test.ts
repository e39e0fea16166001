import { describe, expect, it } from 'vitest';
import { ddim, samplerFromConfig, samplerNames } from '../src/index.js';

const STABLE_DIFFUSION = {
  _class_name: 'PNDMScheduler',
  _diffusers_version: '0.6.0',
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  beta_start: 0.00085,
  num_train_timesteps: 1000,
  set_alpha_to_one: false,
  skip_prk_steps: true,
  steps_offset: 1,
  trained_betas: null,
  clip_sample: false,
};

function refusal(act: () => unknown): { code: string; message: string; details: Record<string, unknown> } {
  try {
    act();
  } catch (error) {
    return error as { code: string; message: string; details: Record<string, unknown> };
  }
  throw new Error('nothing was refused');
}

describe('samplerFromConfig', () => {
  it("reads Stable Diffusion 1.5's file: 51 evaluations, the second timestep twice", () => {
    const sampler = samplerFromConfig(STABLE_DIFFUSION);
    const timesteps = sampler.schedule(50).steps.map(({ timestep }) => timestep);
    expect(sampler.name).toBe('pndm');
    expect(sampler.space).toBe('epsilon');
    expect(timesteps.slice(0, 4)).toEqual([981, 961, 961, 941]);
    expect(timesteps.length).toBe(51);
    expect(timesteps.at(-1)).toBe(1);
  });

  it.each(samplerNames)('makes %s by name', (name) => {
    expect(samplerFromConfig(STABLE_DIFFUSION, name).name).toBe(name);
  });

  it('names the space of the predictions', () => {
    const space = (prediction_type: string) =>
      samplerFromConfig({ ...STABLE_DIFFUSION, prediction_type }, 'ddim').space;
    expect(['epsilon', 'v_prediction', 'sample'].map(space)).toEqual(['epsilon', 'velocity', 'sample']);
  });

  it('names an unknown class and lists the known ones', () => {
    const { code, message } = refusal(() => samplerFromConfig({ _class_name: 'VQDiffusionScheduler' }));
    expect(code).toBe('SAMPLER_UNKNOWN');
    expect(message).toContain('VQDiffusionScheduler');
    expect(message).toContain('DPMSolverMultistepScheduler');
    expect(refusal(() => samplerFromConfig({})).code).toBe('SAMPLER_UNKNOWN');
  });

  it('names an unknown sampler and lists the known ones', () => {
    for (const name of ['magic', '', 'toString']) {
      const { code, message } = refusal(() => samplerFromConfig(STABLE_DIFFUSION, name));
      expect(code).toBe('SAMPLER_UNKNOWN');
      expect(message).toContain(samplerNames.join(', '));
    }
  });

  it('does not put a sampler of noise in the place of a flow', () => {
    const { code } = refusal(() => samplerFromConfig({ _class_name: 'FlowMatchEulerDiscreteScheduler' }, 'ddim'));
    expect(code).toBe('SAMPLER_UNKNOWN');
  });

  it('takes the place of a class that is not implemented but of the same kind', () => {
    const config = {
      ...STABLE_DIFFUSION,
      _class_name: 'UniPCMultistepScheduler',
      solver_type: 'bh2',
      predict_x0: true,
    };
    expect(samplerFromConfig(config, 'dpm++').name).toBe('dpm++');
  });

  it.each([
    ['DDIMScheduler', 'beta_schedule', 'sigmoid', '"linear", "scaled_linear", "squaredcos_cap_v2"'],
    ['DDIMScheduler', 'prediction_type', 'flow_prediction', '"epsilon"'],
    ['DDIMScheduler', 'timestep_spacing', 'middle', '"leading", "linspace", "trailing"'],
    ['DDIMScheduler', 'beta_start', 'low', 'a number of at least 0 and at most 1'],
    ['DDIMScheduler', 'num_train_timesteps', 0.5, 'a whole number of at least 1'],
    ['DDIMScheduler', 'clip_sample', 1, 'true or false'],
    ['DDIMScheduler', 'trained_betas', [0.1, 'x'], 'a list of numbers'],
    ['DDIMScheduler', 'warp_sigmas', true, 'leaving it out'],
    ['PNDMScheduler', 'prediction_type', 'sample', '"epsilon", "v_prediction"'],
    ['DDPMScheduler', 'variance_type', 'learned', '"learned_range"'],
    ['DDPMScheduler', 'variance_type', 'fixed_large_log', '"fixed_large"'],
    ['EulerDiscreteScheduler', 'use_exponential_sigmas', true, 'false'],
    ['EulerDiscreteScheduler', 'use_beta_sigmas', true, 'false'],
    ['EulerDiscreteScheduler', 'timestep_type', 'continuous', '"discrete"'],
    ['EulerDiscreteScheduler', 'interpolation_type', 'log_linear', '"linear"'],
    ['DPMSolverMultistepScheduler', 'algorithm_type', 'sde-dpmsolver++', '"dpmsolver++"'],
    ['DPMSolverMultistepScheduler', 'solver_type', 'heun', '"midpoint"'],
    ['DPMSolverMultistepScheduler', 'solver_order', 3, '1, 2'],
    ['DPMSolverMultistepScheduler', 'final_sigmas_type', 'one', '"zero", "sigma_min"'],
    ['DPMSolverMultistepScheduler', 'use_lu_lambdas', true, 'false'],
    ['DPMSolverMultistepScheduler', 'use_flow_sigmas', true, 'false'],
  ])('refuses %s with %s %j', (className, option, value, supported) => {
    const { code, message, details } = refusal(() => samplerFromConfig({ _class_name: className, [option]: value }));
    expect(code).toBe('SAMPLER_OPTION_UNSUPPORTED');
    expect(message).toContain(option);
    expect(message).toContain(JSON.stringify(value));
    expect(message).toContain(supported);
    expect(details).toMatchObject({ className, option, value });
  });

  it('leaves unread what is null, begins with _, is off, or belongs to another class', () => {
    const options = { _private: 1, warp_sigmas: null, future: false, use_karras_sigmas: true, thresholding: null };
    const plain = samplerFromConfig({ _class_name: 'DDIMScheduler' }).schedule(10);
    expect(samplerFromConfig({ _class_name: 'DDIMScheduler', ...options }).schedule(10).steps).toEqual(plain.steps);
  });

  it('reads the -Infinity that diffusers writes, however it was parsed', () => {
    for (const lambda_min_clipped of [Number.NEGATIVE_INFINITY, '-Infinity', null]) {
      const sampler = samplerFromConfig({ _class_name: 'DPMSolverMultistepScheduler', lambda_min_clipped });
      expect(sampler.schedule(20).steps[0]!.timestep).toBe(999);
    }
  });

  it('refuses noise predictions from pure noise', () => {
    const { code, message } = refusal(() =>
      samplerFromConfig({ _class_name: 'DDIMScheduler', rescale_betas_zero_snr: true }),
    );
    expect(code).toBe('SAMPLER_OPTION_UNSUPPORTED');
    expect(message).toContain('v_prediction');
  });

  it('refuses eta outside ddim', () => {
    expect(refusal(() => samplerFromConfig(STABLE_DIFFUSION, 'euler', { eta: 0.5 })).code).toBe(
      'SAMPLER_OPTION_UNSUPPORTED',
    );
  });

  it.each([-0.1, 1.1, Number.NaN])('refuses eta %s', (eta) => {
    expect(refusal(() => ddim({ eta })).code).toBe('OPTION_INVALID');
  });

  it.each([null, 'ddim', 3, []])('refuses %j as a configuration', (config) => {
    expect(refusal(() => samplerFromConfig(config)).code).toBe('OPTION_INVALID');
  });
});
