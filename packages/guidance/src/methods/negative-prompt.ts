import type { Branch } from '../branch.js';
import type { Direction } from '../direction.js';
import type { Guidance, RunInfo } from '../guidance.js';
import type { Predictions } from '../prediction.js';

/** @internal */
export interface NegativePromptState<State> {
  readonly run: RunInfo;
  readonly inner: State;
  /** Whether any step predicted the negative text. */
  heard: boolean;
}

/**
 * A negative prompt: within `inner`, the prediction n on another text takes the unconditional one's place.
 *
 *     estimate = n + w·(c − n)        for inner = scale(w)
 *
 * What stands inside measures from n, what stands outside from the true unconditional prediction: diffusers' pipelines
 * correspond to `negativePrompt(text, chain(scale(w), semantic(concepts)))`, while
 * `chain(negativePrompt(text, scale(w)), semantic(concepts))` leaves the concepts' directions untouched by the text. At
 * scale 1 a negative prompt cancels out; the run then warns that it had no effect.
 *
 * @param text - What the picture should not be. An empty text is the unconditional branch itself, so `inner` is returned.
 * @param inner - The method or chain to run.
 *
 * @example
 * const guidance = negativePrompt('blurry, low quality', chain(scale(7.5), semantic([toward('smile')])));
 * @category Methods
 */
export function negativePrompt<State>(text: string, inner: Guidance<State>): Guidance<unknown> {
  if (text === '') return inner as Guidance<unknown>;
  const negative: Branch = `negative:${text}`;
  const guidance: Guidance<NegativePromptState<State>> = {
    name: `negativePrompt(${inner.name})`,
    branches: (step) => inner.branches(step).map((branch) => (branch === 'unconditional' ? negative : branch)),
    init: (run, ops) => ({ run, inner: inner.init(run, ops), heard: false }),
    update: (direction, predictions, step, state, ops) => {
      state.heard ||= predictions.branches.includes(negative);
      const within = predictions.aliased('unconditional', negative);
      const entering = withTrueOrigin(direction.plus('unconditional'), predictions).plus('unconditional', -1);
      const leaving = inner.update(entering, within, step, state.inner, ops);
      return leaving.plus('unconditional').renamed('unconditional', negative).plus('unconditional', -1);
    },
    dropsPrompt: (step) => inner.dropsPrompt?.(step) ?? false,
    finish: async (state, read) => {
      if (!state.heard)
        state.run.warn(`The negative prompt "${text}" had no effect: nothing it encloses measures from it.`);
      await inner.finish?.(state.inner, read);
    },
  };
  return guidance as Guidance<unknown>;
}

/** An estimate in which the true unconditional prediction is spelled out, since within `inner` its name means another. */
function withTrueOrigin(estimate: Direction, predictions: Predictions): Direction {
  if (!estimate.branches.includes('unconditional')) return estimate;
  return estimate.renamed('unconditional', predictions.value('unconditional'));
}
