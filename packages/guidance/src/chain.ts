import type { Branch } from './branch.js';
import type { Guidance } from './guidance.js';
import type { Step } from './step.js';

/**
 * Applies methods in order, each to the direction the one before it returned.
 *
 * Order is meaning: `chain(scale(7.5), semantic(concepts))` is SEGA, which adds its term to the scaled direction;
 * `chain(safeLatent('strong'), scale(7.5))` is SLD, which scales the corrected one.
 *
 * A chain within a chain is the same as its methods. Those marked `last` act after all others, the first of them last.
 *
 * @example
 * const guidance = chain(scale(7.5), semantic([away('male'), toward('female')]));
 * @category Methods
 */
export function chain(...links: readonly Guidance[]): Guidance<readonly unknown[]> {
  const all = links.flatMap((link) => link.links ?? link);
  const methods = all.filter(({ last }) => !last);
  methods.push(...all.filter(({ last }) => last).reverse());
  return {
    name: `chain(${all.map(({ name }) => name).join(', ')})`,
    links: all,
    branches: (step) => methods.flatMap((method) => method.branches(step)),
    init: (run, ops) => methods.map((method) => method.init(run, ops)),
    update: (direction, predictions, step, states, ops) =>
      methods.reduce((current, method, i) => method.update(current, predictions, step, states[i], ops), direction),
    dropsPrompt: (step) => methods.some((method) => method.dropsPrompt?.(step)),
    finish: async (states, read) => {
      for (const [i, method] of methods.entries()) await method.finish?.(states[i], read);
    },
  };
}

/** The branches a step needs, in a fixed order: unconditional, prompt, then the rest by name. @internal */
export function requiredBranches(guidance: Guidance, step: Step): readonly Branch[] {
  const needed = new Set<Branch>(guidance.branches(step));
  if (!guidance.dropsPrompt?.(step)) needed.add('prompt');
  const rank = (branch: Branch): number => (branch === 'unconditional' ? 0 : branch === 'prompt' ? 1 : 2);
  return [...needed].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0));
}
