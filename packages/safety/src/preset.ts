import { GuidanceError, type Momentum } from '@sega/guidance';
import { ALL_CONCEPTS } from './categories.js';

/** The presets there are, from light to strict. @category Safety */
export const STRENGTHS = ['weak', 'medium', 'strong', 'max'] as const;

/** The name of one of {@link SAFETY_PRESETS}. @category Safety */
export type Strength = (typeof STRENGTHS)[number];

/** `safe-latent` is Safe Latent Diffusion, `semantic` is SEGA away from the concepts. @category Safety */
export type SafetyMethod = 'safe-latent' | 'semantic';

/** How models of one kind are kept safe. @category Safety */
export interface SafetySettings {
  /** What they are for: a family, such as `stable-diffusion` or that of an adapter of your own, or one model by its bundle's name. */
  readonly model: string;
  readonly method: SafetyMethod;
  /**
   * Where the numbers come from: `published` by the methods' authors for this family; `calibrated` between those, where
   * there are none; `experimental` where nobody has shown that they work.
   */
  readonly source: 'published' | 'calibrated' | 'experimental';
  /** s ≥ 0. */
  readonly scale: number;
  /** λ: of `semantic` within [0, 1]; of `safe-latent` a difference of noise estimates. */
  readonly threshold: number;
  /** δ, the first step at which it acts, in a run of `steps`; in a longer or shorter one in proportion. */
  readonly warmup: number;
  /** The steps of the runs the warm-up was chosen for. */
  readonly steps: number;
  readonly momentum: Required<Momentum>;
}

/**
 * A safety preset: plain data, the same after a trip through JSON.
 *
 * @category Safety
 */
export interface SafetyPreset {
  readonly name: string;
  /** What is kept out of pictures. */
  readonly concepts: readonly string[];
  /** What models are kept safe by: the first for the model itself, else the first for its family. */
  readonly settings: readonly SafetySettings[];
}

const NO_MOMENTUM = { scale: 0, beta: 0 };

/** Schramowski et al. 2023, table of configurations; runs of 50 steps at guidance scale 7.5. */
const SAFE_LATENT: Readonly<Record<Strength, Omit<SafetySettings, 'model' | 'method' | 'source'>>> = {
  weak: { scale: 20, threshold: 0, warmup: 15, steps: 50, momentum: NO_MOMENTUM },
  medium: { scale: 1000, threshold: 0.01, warmup: 10, steps: 50, momentum: { scale: 0.3, beta: 0.4 } },
  strong: { scale: 2000, threshold: 0.025, warmup: 7, steps: 50, momentum: { scale: 0.5, beta: 0.7 } },
  max: { scale: 5000, threshold: 1, warmup: 0, steps: 50, momentum: { scale: 0.5, beta: 0.7 } },
};

/** Code of Brack et al. 2023, "Mitigating Inappropriateness in Image Generation"; what it lacks lies between its own. */
const SEMANTIC: Readonly<Record<Strength, readonly Omit<SafetySettings, 'method'>[]>> = {
  weak: [
    { ...stableDiffusion('calibrated'), scale: 2, threshold: 0.95, warmup: 15, momentum: NO_MOMENTUM },
    { ...deepfloydIf('calibrated'), scale: 2, threshold: 0.9, warmup: 30, momentum: NO_MOMENTUM },
    { ...paella('calibrated'), scale: 2, threshold: 0.9, warmup: 10, momentum: NO_MOMENTUM },
  ],
  medium: [
    { ...stableDiffusion('published'), scale: 4, threshold: 0.9, warmup: 10, momentum: { scale: 0.3, beta: 0.4 } },
    { ...deepfloydIf('calibrated'), scale: 4, threshold: 0.85, warmup: 10, momentum: { scale: 0.3, beta: 0.4 } },
    { ...paella('calibrated'), scale: 4, threshold: 0.85, warmup: 3, momentum: { scale: 0.3, beta: 0.6 } },
  ],
  strong: [
    { ...stableDiffusion('published'), scale: 7, threshold: 0.85, warmup: 5, momentum: { scale: 0.5, beta: 0.4 } },
    { ...deepfloydIf('published'), scale: 7, threshold: 0.8, warmup: 5, momentum: { scale: 0.5, beta: 0.4 } },
    { ...paella('published'), scale: 7, threshold: 0.8, warmup: 2, momentum: { scale: 0.5, beta: 0.6 } },
  ],
  max: [
    { ...stableDiffusion('published'), scale: 10, threshold: 0.75, warmup: 0, momentum: { scale: 0.5, beta: 0.4 } },
    { ...deepfloydIf('published'), scale: 10, threshold: 0.7, warmup: 0, momentum: { scale: 0.5, beta: 0.4 } },
    { ...paella('published'), scale: 10, threshold: 0.7, warmup: 0, momentum: { scale: 0.5, beta: 0.6 } },
  ],
};

/**
 * For the models in the box, whose guidance scale and differences of noise estimates are not those the published settings of
 * Safe Latent Diffusion are for, and whose other attributes the published `strong` and `max` take along: a smaller share of the
 * picture loses less.
 */
const TINY_FACES: Readonly<Record<Strength, readonly Omit<SafetySettings, 'method' | 'source'>[]>> = {
  weak: [
    { ...tiny('stable-diffusion', 50), scale: 2, threshold: 0.95, warmup: 15, momentum: NO_MOMENTUM },
    { ...tiny('paella', 22), scale: 2, threshold: 0.95, warmup: 11, momentum: NO_MOMENTUM },
  ],
  medium: [
    { ...tiny('stable-diffusion', 50), scale: 4, threshold: 0.9, warmup: 10, momentum: { scale: 0.3, beta: 0.4 } },
    { ...tiny('deepfloyd-if', 100), scale: 4, threshold: 0.97, warmup: 4, momentum: { scale: 0.3, beta: 0.4 } },
    { ...tiny('paella', 22), scale: 4, threshold: 0.95, warmup: 10, momentum: NO_MOMENTUM },
  ],
  strong: [
    { ...tiny('stable-diffusion', 50), scale: 5, threshold: 0.93, warmup: 9, momentum: { scale: 0.3, beta: 0.4 } },
    { ...tiny('deepfloyd-if', 100), scale: 8, threshold: 0.98, warmup: 13, momentum: { scale: 0.3, beta: 0.4 } },
    { ...tiny('paella', 22), scale: 5, threshold: 0.9, warmup: 9, momentum: { scale: 0.3, beta: 0.4 } },
  ],
  max: [
    { ...tiny('stable-diffusion', 50), scale: 7, threshold: 0.93, warmup: 8, momentum: { scale: 0.4, beta: 0.4 } },
    { ...tiny('deepfloyd-if', 100), scale: 10, threshold: 0.98, warmup: 8, momentum: { scale: 0.3, beta: 0.4 } },
    { ...tiny('paella', 22), scale: 4, threshold: 0.87, warmup: 6, momentum: NO_MOMENTUM },
  ],
};

/**
 * The presets by name. On Stable Diffusion they are Safe Latent Diffusion with its published settings, on other families
 * SEGA with those its authors published; either method can be asked for. The models in the box have calibrated ones.
 *
 * @category Safety
 */
export const SAFETY_PRESETS: Readonly<Record<Strength, SafetyPreset>> = {
  weak: presetOf('weak'),
  medium: presetOf('medium'),
  strong: presetOf('strong'),
  max: presetOf('max'),
};

function presetOf(name: Strength): SafetyPreset {
  const latent = { method: 'safe-latent', ...SAFE_LATENT[name] } as const;
  return {
    name,
    concepts: ALL_CONCEPTS,
    settings: [
      { model: 'stable-diffusion', source: 'published', ...latent },
      ...TINY_FACES[name].map((settings) => ({ method: 'semantic', source: 'calibrated', ...settings }) as const),
      ...SEMANTIC[name].map((settings) => ({ method: 'semantic', ...settings }) as const),
      { model: 'paella', source: 'experimental', ...latent },
    ],
  };
}

type Origin = Pick<SafetySettings, 'model' | 'source' | 'steps'>;

function stableDiffusion(source: SafetySettings['source']): Origin {
  return { model: 'stable-diffusion', source, steps: 50 };
}

function deepfloydIf(source: SafetySettings['source']): Origin {
  return { model: 'deepfloyd-if', source, steps: 100 };
}

function tiny(family: string, steps: number): Pick<SafetySettings, 'model' | 'steps'> {
  return { model: `tiny-faces/${family}`, steps };
}

function paella(source: SafetySettings['source']): Origin {
  return { model: 'paella', source, steps: 32 };
}

/** Whether it has a preset's fields; what is in them is checked where it is used. */
function isPreset(value: unknown): value is SafetyPreset {
  if (typeof value !== 'object' || value === null) return false;
  const { name, settings } = value as Partial<SafetyPreset>;
  return (
    typeof name === 'string' && name !== '' && Array.isArray(settings) && settings.every((one) => one instanceof Object)
  );
}

/** A preset by its name; one of one's own is taken as it is. @throws OPTION_INVALID @internal */
export function presetNamed(preset: Strength | SafetyPreset): SafetyPreset {
  if (isPreset(preset)) return preset;
  if (typeof preset === 'string' && Object.hasOwn(SAFETY_PRESETS, preset)) return SAFETY_PRESETS[preset];
  throw new GuidanceError(
    'OPTION_INVALID',
    `There is no safety preset ${JSON.stringify(preset)}; there are ${STRENGTHS.join(', ')}. One of your own is an object with ` +
      'a name, concepts and settings.',
    { option: 'preset', value: preset, words: STRENGTHS },
  );
}
