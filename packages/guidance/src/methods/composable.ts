import { checkNumber } from '../check.js';
import { checkItems, everywhere, mapped } from '../coefficient.js';
import { checkText, conceptBranch, inCanonicalOrder } from '../concept.js';
import type { Guidance } from '../guidance.js';
import type { Coefficient } from '../tensor.js';

/** One text of a composition, with its signed weight. Made by {@link and} and {@link not}. @category Concepts */
export interface CompositionTerm {
  readonly text: string;
  readonly weight: Coefficient;
}

/**
 * A text the picture shall satisfy too.
 *
 * @param weight - w, one number or one for each picture; of the size of a guidance scale.
 * @throws PROMPT_EMPTY when the text is blank; OPTION_INVALID when the weight is not finite.
 *
 * @example
 * const guidance = chain(scale(7.5), composable([and('a red hat', 5)]));
 * @category Concepts
 */
export function and(text: string, weight: Coefficient): CompositionTerm {
  checkText('composition term', text);
  checkNumber('weight', weight);
  return { text, weight };
}

/**
 * A text the picture shall not satisfy: {@link and} with the weight's sign turned.
 *
 * @throws PROMPT_EMPTY, OPTION_INVALID as `and` does.
 *
 * @example
 * const guidance = chain(scale(7.5), composable([not('glasses', 3)]));
 * @category Concepts
 */
export function not(text: string, weight: Coefficient): CompositionTerm {
  return and(
    text,
    mapped(weight, (value) => -value),
  );
}

/**
 * Composable diffusion, {@link https://arxiv.org/abs/2206.01714 | Liu et al. 2022}: conjunction and negation of texts.
 *
 *     direction ← direction + Σ wₖ·(eₖ − u)
 *
 * Place it after {@link scale}, which would scale it as well. Unlike {@link semantic} it uses every value of a text's
 * direction, so that the composition changes with it. The order of the terms changes nothing.
 *
 * @throws OPTION_INVALID at the start of a run when a list of weights has another length than the batch.
 *
 * @example
 * const guidance = chain(scale(7.5), composable([and('a red hat', 5), not('glasses', 3)]));
 * @category Methods
 */
export function composable(terms: readonly CompositionTerm[]): Guidance<void> {
  const heard = inCanonicalOrder(terms.filter(({ weight }) => !everywhere(weight, 0)));
  const branches = heard.length
    ? (['unconditional', ...new Set(heard.map(({ text }) => conceptBranch(text)))] as const)
    : [];
  return {
    name: 'composable',
    branches: () => branches,
    init: (run) => {
      for (const { weight } of heard) checkItems('weight', weight, run.shape[0]!);
    },
    update: (direction) =>
      heard.reduce(
        (sum, { text, weight }) =>
          sum.plus(conceptBranch(text), weight).plus(
            'unconditional',
            mapped(weight, (value) => -value),
          ),
        direction,
      ),
  };
}
