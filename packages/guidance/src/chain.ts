import type { Branch } from './branch.js';
import type { Guidance } from './guidance.js';
import type { Step } from './step.js';

/**
 * Applies methods in order, each to the direction the one before it returned.
 *
 * Order is meaning: `chain(scale(7.5), semantic(concepts))` is SEGA, which adds its term to the scaled direction;
 * `chain(safeLatent('strong'), scale(7.5))` is SLD, which scales the corrected one.
 *
 * @example
 * const guidance = chain(scale(7.5), semantic([away('male'), toward('female')]));
 * @category Methods
 */
export function chain(...methods: readonly Guidance[]): Guidance<readonly unknown[]> {
  const drops = (step: Step): boolean => methods.some((method) => method.dropsPrompt?.(step));
  return {
    name: `chain(${methods.map((method) => method.name).join(', ')})`,
    branches: (step) => [...new Set<Branch>(methods.flatMap((method) => method.branches(step)))],
    init: (run, ops) => methods.map((method) => method.init(run, ops)),
    update: (direction, predictions, step, states, ops) =>
      methods.reduce((current, method, i) => method.update(current, predictions, step, states[i], ops), direction),
    dropsPrompt: drops,
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
