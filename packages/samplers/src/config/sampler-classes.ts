import type { Sampler } from '@sega/guidance';
import { ddim } from '../ddim.js';
import { ddpm } from '../ddpm.js';
import { dpmSolver } from '../dpm-solver.js';
import { euler } from '../euler.js';
import { eulerAncestral } from '../euler-ancestral.js';
import { lcm } from '../lcm.js';
import { pndm } from '../pndm.js';
import {
  aliased,
  flag,
  never,
  numbers,
  numberWithin,
  type OptionRule,
  oneOf,
  unread,
  wholeNumberFrom,
} from './option-rule.js';

/** A scheduler class of diffusers: what its options may be and the sampler they make. @internal */
export interface SamplerClass {
  readonly className: string;
  readonly options: Readonly<Record<string, OptionRule>>;
  /** Takes the options in camel case, checked. */
  create(options: Readonly<Record<string, unknown>>): Sampler;
}

const NOISE = {
  num_train_timesteps: wholeNumberFrom(1),
  beta_start: numberWithin(0, 1),
  beta_end: numberWithin(0, 1),
  beta_schedule: oneOf('linear', 'scaled_linear', 'squaredcos_cap_v2'),
  trained_betas: numbers,
  prediction_type: oneOf('epsilon', 'v_prediction', 'sample'),
};
const SPACING = {
  timestep_spacing: oneOf('leading', 'linspace', 'trailing'),
  steps_offset: wholeNumberFrom(0),
};
const THRESHOLDING = {
  thresholding: flag,
  dynamic_thresholding_ratio: numberWithin(0, 1),
  sample_max_value: numberWithin(0),
};
const CLIPPING = { ...THRESHOLDING, clip_sample: flag, clip_sample_range: numberWithin(0) };
const FINAL_SIGMA = { final_sigmas_type: oneOf('zero', 'sigma_min'), use_karras_sigmas: flag };
const OTHER_SIGMAS = { use_exponential_sigmas: never, use_beta_sigmas: never };

/** @internal */
export const DDIM: SamplerClass = {
  className: 'DDIMScheduler',
  options: { ...NOISE, ...SPACING, ...CLIPPING, rescale_betas_zero_snr: flag, set_alpha_to_one: flag },
  create: ddim,
};

/** @internal */
export const PNDM: SamplerClass = {
  className: 'PNDMScheduler',
  options: {
    ...NOISE,
    ...SPACING,
    prediction_type: oneOf('epsilon', 'v_prediction'),
    set_alpha_to_one: flag,
    skip_prk_steps: flag,
  },
  create: pndm,
};

/** @internal */
export const DDPM: SamplerClass = {
  className: 'DDPMScheduler',
  options: {
    ...NOISE,
    ...SPACING,
    ...CLIPPING,
    rescale_betas_zero_snr: flag,
    variance_type: oneOf('fixed_small', 'fixed_small_log', 'fixed_large', 'learned_range'),
  },
  create: ddpm,
};

/** @internal */
export const EULER: SamplerClass = {
  className: 'EulerDiscreteScheduler',
  options: {
    ...NOISE,
    ...SPACING,
    ...FINAL_SIGMA,
    ...OTHER_SIGMAS,
    rescale_betas_zero_snr: flag,
    interpolation_type: oneOf('linear'),
    sigma_min: numberWithin(0),
    sigma_max: numberWithin(0),
    timestep_type: oneOf('discrete'),
  },
  create: euler,
};

/** @internal */
export const EULER_ANCESTRAL: SamplerClass = {
  className: 'EulerAncestralDiscreteScheduler',
  options: { ...NOISE, ...SPACING, rescale_betas_zero_snr: flag },
  create: eulerAncestral,
};

/** @internal */
export const DPM_SOLVER: SamplerClass = {
  className: 'DPMSolverMultistepScheduler',
  options: {
    ...NOISE,
    ...SPACING,
    ...THRESHOLDING,
    ...FINAL_SIGMA,
    ...OTHER_SIGMAS,
    rescale_betas_zero_snr: flag,
    solver_order: oneOf(1, 2),
    algorithm_type: aliased(oneOf('dpmsolver++'), { deis: 'dpmsolver++' }),
    solver_type: aliased(oneOf('midpoint'), { logrho: 'midpoint', bh1: 'midpoint', bh2: 'midpoint' }),
    lower_order_final: flag,
    euler_at_final: flag,
    lambda_min_clipped: {
      supported: 'a number or "-Infinity"',
      accepts: (value) => value === '-Infinity' || (typeof value === 'number' && !Number.isNaN(value)),
      convert: Number,
    },
    // The half of the channels that holds the variance is split off before a sampler sees it.
    variance_type: unread,
    use_lu_lambdas: never,
    use_flow_sigmas: never,
    use_dynamic_shifting: never,
    flow_shift: unread,
    time_shift_type: unread,
  },
  create: dpmSolver,
};

/** @internal */
export const LCM: SamplerClass = {
  className: 'LCMScheduler',
  options: {
    ...NOISE,
    ...CLIPPING,
    rescale_betas_zero_snr: flag,
    original_inference_steps: wholeNumberFrom(1),
    timestep_scaling: numberWithin(0),
    set_alpha_to_one: unread,
    steps_offset: unread,
    timestep_spacing: unread,
  },
  create: lcm,
};

/** @internal */
export const SAMPLER_CLASSES: readonly SamplerClass[] = [DDIM, PNDM, DDPM, EULER, EULER_ANCESTRAL, DPM_SOLVER, LCM];

/** Samplers by the names people choose them by. @internal */
export const SAMPLER_NAMES: Readonly<
  Record<string, { readonly samplerClass: SamplerClass; readonly options?: Readonly<Record<string, unknown>> }>
> = {
  ddim: { samplerClass: DDIM },
  pndm: { samplerClass: PNDM },
  ddpm: { samplerClass: DDPM },
  euler: { samplerClass: EULER },
  'euler-ancestral': { samplerClass: EULER_ANCESTRAL },
  'dpm++': { samplerClass: DPM_SOLVER },
  'dpm++-karras': { samplerClass: DPM_SOLVER, options: { use_karras_sigmas: true } },
  lcm: { samplerClass: LCM },
};

/** Classes of diffusers that are not implemented, but whose configuration describes the same kind of noise. @internal */
export const COMPATIBLE_CLASSES: readonly string[] = [
  'LMSDiscreteScheduler',
  'HeunDiscreteScheduler',
  'DPMSolverSinglestepScheduler',
  'KDPM2DiscreteScheduler',
  'KDPM2AncestralDiscreteScheduler',
  'DEISMultistepScheduler',
  'UniPCMultistepScheduler',
  'DPMSolverSDEScheduler',
  'TCDScheduler',
  'DDIMInverseScheduler',
  'DDPMParallelScheduler',
  'DDIMParallelScheduler',
  'DPMSolverMultistepInverseScheduler',
];

/** Options that belong to some of those classes and that the others leave unread. @internal */
export const COMPATIBLE_OPTIONS: ReadonlySet<string> = new Set([
  ...SAMPLER_CLASSES.flatMap(({ options }) => Object.keys(options)),
  'disable_corrector',
  'noise_sampler_seed',
  'predict_x0',
  'rho',
  'shift_terminal',
  'sigma_data',
  'sigma_schedule',
  'solver_p',
]);
