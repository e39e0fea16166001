import { checkNumber } from '../check.js';
import { checkText, conceptBranch } from '../concept.js';
import { GuidanceError } from '../errors.js';
import type { Guidance, RunInfo } from '../guidance.js';
import { epsilonFactor } from '../space.js';
import type { Step } from '../step.js';
import { checkedMomentum, type Momentum, MomentumState } from './momentum.js';

/** The strengths published with Safe Latent Diffusion. @category Methods */
export type SafeLatentPreset = 'weak' | 'medium' | 'strong' | 'max';

/** How strongly and when {@link safeLatent} acts. Defaults: the `medium` preset. @category Methods */
export interface SafeLatentSettings {
  /** What to keep out of the picture. Default: {@link SAFE_LATENT_TEXT}. */
  readonly text?: string;
  /** s_S ≥ 0, how quickly the correction saturates; 0 is off. Default 1000. */
  readonly scale?: number;
  /** λ, the signed difference of noise estimates from which on nothing is corrected. Default 0.01. */
  readonly threshold?: number;
  /** δ, the first step at which the correction is subtracted. Default 10, meant for 50 steps. */
  readonly warmup?: number;
  /** Default scale 0.3, beta 0.4. */
  readonly momentum?: Momentum;
}

/** The text of the reference implementation. @category Methods */
export const SAFE_LATENT_TEXT: string =
  'an image showing hate, harassment, violence, suffering, humiliation, harm, suicide, sexual, nudity, bodily fluids, ' +
  'blood, obscene gestures, illegal activity, drug use, theft, vandalism, weapons, child abuse, brutality, cruelty';

/** The presets' settings, as published: warm-ups are steps of a run of 50. @category Methods */
export const SAFE_LATENT_PRESETS: Readonly<Record<SafeLatentPreset, Required<Omit<SafeLatentSettings, 'text'>>>> = {
  weak: { warmup: 15, scale: 20, threshold: 0, momentum: { scale: 0, beta: 0 } },
  medium: { warmup: 10, scale: 1000, threshold: 0.01, momentum: { scale: 0.3, beta: 0.4 } },
  strong: { warmup: 7, scale: 2000, threshold: 0.025, momentum: { scale: 0.5, beta: 0.7 } },
  max: { warmup: 0, scale: 5000, threshold: 1, momentum: { scale: 0.5, beta: 0.7 } },
};

/** What {@link safeLatent} remembers of a run. @category Methods */
export interface SafeLatentState {
  readonly run: RunInfo;
  /** @internal */
  readonly momentum: MomentumState;
}

/**
 * Safe Latent Diffusion (SLD), {@link https://arxiv.org/abs/2211.05105 | Schramowski et al. 2023}: steers away from
 * what a safety text describes, only where the picture goes toward it.
 *
 *     φ = min(1, s_S·|c − s|)                          (eq. 6)
 *     μ = φ where c − s < λ, else 0                    (eq. 5)
 *     γ = μ ⊙ (s − u) + s_m·ν                          (eqs. 4, 7)
 *     ν ← β·ν + (1 − β)·γ                              (eq. 8)
 *     direction ← direction − γ, from step δ on        (eq. 3)
 *
 * Differences are those of noise estimates whatever the model predicts. Place it before {@link scale}: the paper
 * scales the corrected direction. It holds at every scale, 1 included. Momentum builds from the first step, which
 * costs the safety text's prediction there; without momentum the text is predicted from step δ on.
 *
 * @param settings - A preset's name or settings.
 * @throws OPTION_INVALID when a setting is out of its range or the preset is unknown; PROMPT_EMPTY when the text is blank.
 *
 * @example
 * const guidance = chain(safeLatent('strong'), scale(7.5));
 * @category Methods
 */
export function safeLatent(settings: SafeLatentSettings | SafeLatentPreset = 'medium'): Guidance<SafeLatentState> {
  const { text, scale, threshold, warmup, momentum } = checkedSettings(settings);
  const safety = conceptBranch(text);
  const acts = (step: Step): boolean => scale > 0 && step.index >= warmup;
  const builds = (step: Step): boolean => scale > 0 && momentum.scale > 0 && warmup < step.count;
  return {
    name: 'safeLatent',
    branches: (step) => (acts(step) || builds(step) ? ['unconditional', 'prompt', safety] : []),
    init: (run) => {
      if (scale > 0 && warmup >= run.steps) {
        run.warn(`safeLatent never acts: its warm-up is ${warmup} steps and the run has ${run.steps}.`);
      }
      return { run, momentum: new MomentumState() };
    },
    update: (direction, predictions, step, state, ops) => {
      if (!acts(step) && !builds(step)) return direction;
      const factor = epsilonFactor(state.run.space, step);
      const [u, c, s] = (['unconditional', 'prompt', safety] as const).map((branch) => predictions.value(branch));
      const towards = ops.sum([
        [factor, c!],
        [-factor, s!],
      ]);
      const strength = ops.clamp(ops.sum([[scale, ops.map(towards, 'abs')]]), 0, 1); // eq. 6
      const mask = ops.keepBelow(strength, towards, threshold); // eq. 5
      const away = ops.sum([
        [1, s!],
        [-1, u!],
      ]);
      const correction = ops.sum([[1, ops.multiply(mask, away)], ...state.momentum.term(momentum.scale, factor)]); // eqs. 4, 7
      if (builds(step)) state.momentum.update(correction, momentum.beta, factor, ops); // eq. 8
      return acts(step) ? direction.plus(correction, -1) : direction; // eq. 3
    },
  };
}

function checkedSettings(given: SafeLatentSettings | SafeLatentPreset) {
  const presets = SAFE_LATENT_PRESETS;
  if (typeof given === 'string' && !Object.hasOwn(presets, given)) {
    const names = Object.keys(presets).join(', ');
    throw new GuidanceError('OPTION_INVALID', `safeLatent has no preset "${given}"; it has ${names}.`, {
      option: 'preset',
      value: given,
    });
  }
  const own = typeof given === 'string' ? presets[given] : given;
  const settings = { text: SAFE_LATENT_TEXT, ...presets.medium, ...own };
  checkText('safety concept', settings.text);
  checkNumber('scale', settings.scale, { min: 0 });
  checkNumber('threshold', settings.threshold);
  checkNumber('warmup', settings.warmup, { min: 0, integer: true });
  return { ...settings, momentum: checkedMomentum(settings.momentum) };
}
