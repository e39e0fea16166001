import {
  type ConceptSettings,
  type Guidance,
  GuidanceError,
  type Momentum,
  type RunInfo,
  semantic,
  toward,
} from '@sega/guidance';
import { drawAttribute, sharesOf } from './draw-attribute.js';

/** How {@link fair} draws and steers. @category Fairness */
export interface FairOptions extends Omit<ConceptSettings, 'scale' | 'threshold' | 'weight'> {
  /** How often each attribute is drawn, as shares or as a ratio: [1, 3] is a quarter and three quarters. Default: equally often. */
  readonly proportions?: readonly number[];
  /** Another seed draws other attributes for the same pictures. Default 0. */
  readonly seed?: number;
  /** s > 0, toward the attribute drawn and away from the others. Default 4. */
  readonly scale?: number;
  /** λ within [0, 1]. Default 0.95. */
  readonly threshold?: number;
  /** Default scale 0.5, beta 0.6. */
  readonly momentum?: Momentum;
}

/** What {@link fair} remembers of a run. @category Fairness */
export interface FairState {
  readonly run: RunInfo;
  /** For each picture the index of its attribute. */
  readonly drawn: readonly number[];
  readonly inner: Guidance;
  readonly innerState: unknown;
}

/**
 * Fair Diffusion, {@link https://arxiv.org/abs/2302.10893 | Friedrich et al. 2023}: steers each picture toward one
 * attribute drawn in the given proportions and away from the others.
 *
 *     a ~ proportions                                        for each picture
 *     direction ← direction + SEGA(toward a, away from the others, each weighed 1/(number of others))
 *
 * What is drawn for a picture depends on its seed, `seed` and the attributes alone, not on its batch. Place it after
 * `scale`. The defaults are those of the paper's code, with a tenth of the run's steps as warm-up. What was drawn
 * is in the result's `applied`.
 *
 * @param attributes - Two texts or more.
 * @throws OPTION_INVALID when there are fewer than two attributes, one twice, not one proportion for each, a negative one
 * or none above 0, or a setting is out of its range; SEED_INVALID; PROMPT_EMPTY when an attribute is blank.
 *
 * @example
 * const guidance = chain(scale(7.5), fair(['female person', 'male person'], { proportions: [0.5, 0.5], seed: 1 }));
 * @category Fairness
 */
export function fair(attributes: readonly string[], options: FairOptions = {}): Guidance<FairState> {
  const { proportions, seed = 0, scale = 4, threshold = 0.95, momentum = { scale: 0.5, beta: 0.6 } } = options;
  checkAttributes(attributes);
  const shares = sharesOf(attributes, proportions);
  checkDraw(seed, scale);
  const steering = (steps: number, drawn?: readonly number[]): Guidance => {
    const { warmup = Math.round(steps / 10), cooldown } = options;
    const settings = { threshold, warmup, ...(cooldown !== undefined && { cooldown }) };
    const concepts = attributes.map((text, attribute) =>
      toward(text, {
        ...settings,
        scale: drawn?.map((own) => (own === attribute ? scale : -scale)) ?? scale,
        weight: drawn?.map((own) => (own === attribute ? 1 : 1 / (attributes.length - 1))) ?? 1,
      }),
    );
    return semantic(concepts, { momentum });
  };
  // A bad setting is refused here and not at the first run.
  steering(1000);
  return {
    name: 'fair',
    branches: (step) => steering(step.count).branches(step),
    init: (run, ops) => {
      const drawn = run.seeds.map((picture) => drawAttribute(picture, seed, shares));
      const inner = steering(run.steps, drawn);
      return { run, drawn, inner, innerState: inner.init(run, ops) };
    },
    update: (direction, predictions, step, { inner, innerState }, ops) =>
      inner.update(direction, predictions, step, innerState, ops),
    finish: async ({ run, drawn, inner, innerState }, read) => {
      await inner.finish?.(innerState, read);
      run.report({
        method: 'fair',
        stage: run.stage,
        attributes,
        proportions: shares.proportions,
        seed,
        drawn: drawn.map((attribute) => attributes[attribute]),
      });
    },
  };
}

function checkAttributes(attributes: readonly string[]): void {
  const isList = Array.isArray(attributes) && attributes.length > 1;
  const twice = isList && attributes.find((text, i) => attributes.indexOf(text) !== i);
  if (isList && twice === undefined) return;
  throw new GuidanceError(
    'OPTION_INVALID',
    isList
      ? `fair names the attribute "${twice}" twice; name each once and give it a larger proportion.`
      : `fair has ${Array.isArray(attributes) ? attributes.length : 'no list of'} attributes; it needs two or more to choose from. For one use toward().`,
    { option: 'attributes', value: attributes },
  );
}

function checkDraw(seed: number, scale: number): void {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new GuidanceError(
      'SEED_INVALID',
      `The seed of fair is ${seed}; it must be a whole number from 0 to 2^53 − 1.`,
      { seed },
    );
  }
  if (scale > 0) return;
  throw new GuidanceError('OPTION_INVALID', `The scale of fair is ${scale}; it must be a number above 0.`, {
    option: 'scale',
    value: scale,
  });
}
