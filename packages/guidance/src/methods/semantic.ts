import type { Branch } from '../branch.js';
import { checkItems } from '../coefficient.js';
import { type Concept, checkCooldown, conceptBranch, inCanonicalOrder, isSilent } from '../concept.js';
import type { LateTensor } from '../direction.js';
import type { Guidance, RunInfo } from '../guidance.js';
import type { Mask } from '../layout.js';
import { epsilonFactor } from '../space.js';
import type { Tensor, Term } from '../tensor.js';
import { checkedMomentum, type Momentum, MomentumState } from './momentum.js';
import {
  diffusersDividesByZero,
  diffusersPlan,
  paperPlan,
  type SemanticPlan,
  type StepPlace,
  type Weighted,
  warmupOf,
} from './semantic-schedule.js';

/** What all concepts of one {@link semantic} share. @category Methods */
export interface SemanticOptions {
  /** `model.defaults.momentum` suits the model. Default: none; with `compat: 'diffusers'` scale 0.1 and beta 0.4, as there. */
  readonly momentum?: Momentum | undefined;
  /** What the thresholds choose from. Default `element`, as the reference implementation has it; `token` for logits. */
  readonly mask?: Mask;
  /** Reproduces diffusers' SemanticStableDiffusionPipeline, defects included. */
  readonly compat?: 'diffusers';
}

/** What {@link semantic} remembers of a run. @category Methods */
export interface SemanticState {
  readonly run: RunInfo;
  readonly mask: Mask;
  /** By step. @internal */
  readonly plans: readonly SemanticPlan[];
  /** @internal */
  readonly momentum: MomentumState;
}

/**
 * Semantic guidance (SEGA), {@link https://arxiv.org/abs/2301.12247 | Brack et al. 2023}: steers toward and away from
 * concepts by the strongest values of their directions.
 *
 *     ψₖ = eₖ − u                                            (eq. 5; the sign is that of sₖ)
 *     γₖ = sₖ·ψₖ where |sₖ·ψₖ| ≥ its λₖ-quantile, else 0     (eqs. 4, 6)
 *     Γ = Σ gₖ·γₖ + s_m·ν                                    (eqs. 8, 10)
 *     ν ← β·ν + (1 − β)·Γ                                    (eq. 9)
 *     direction ← direction + Γ                              (eq. 3)
 *
 * Place it after {@link scale}, which must not scale Γ. It works at every scale, 1 included.
 *
 * A concept acts from its warm-up until its cool-down. Momentum is fed by all concepts from the first step and added
 * once all are warm; when all have cooled down nothing is added. It is kept in epsilon units whatever the model
 * predicts. Thresholds are per picture and channel, as the reference implementation has them. The order of the
 * concepts changes nothing, not even a rounding.
 *
 * Concepts are predicted only at steps that need them: those at which they act and, with momentum, the ones before.
 *
 * `compat: 'diffusers'` differs in four ways: while only some concepts are warm their weights are divided by their
 * sum, momentum outlives the cool-down, silent concepts count, and 0/0 in that division is reproduced with a warning.
 *
 * @throws OPTION_INVALID when momentum is out of range; at the start of a run when a list has another length than the
 * batch or a cool-down does not come after the default warm-up.
 *
 * @example
 * const guidance = chain(scale(7.5), semantic([away('male'), toward('female')], { momentum: { scale: 0.3, beta: 0.6 } }));
 * @category Methods
 */
export function semantic(concepts: readonly Concept[], options: SemanticOptions = {}): Guidance<SemanticState> {
  const { compat } = options;
  const momentum = checkedMomentum(options.momentum ?? { scale: compat ? 0.1 : 0 });
  const ordered = inCanonicalOrder(concepts);
  const plan = (step: StepPlace): SemanticPlan => (compat ? diffusersPlan : paperPlan)(ordered, momentum.scale, step);
  const isBroken = (step: StepPlace): boolean => compat !== undefined && diffusersDividesByZero(ordered, step);
  return {
    name: 'semantic',
    branches: (step) => {
      const { acting, feeding } = plan(step);
      const needed = [...acting, ...feeding].map(({ concept }): Branch => conceptBranch(concept.text));
      return needed.length || isBroken(step) ? ['unconditional', ...needed] : [];
    },
    init: (run) => {
      for (const concept of ordered) checkConcept(concept, run);
      const places = Array.from({ length: run.steps }, (_, index): StepPlace => ({ index, count: run.steps }));
      const broken = places.filter(isBroken);
      if (broken.length) run.warn(brokenWarning(broken));
      const mask = options.mask ?? (run.space === 'logits' ? 'token' : 'element');
      return { run, mask, plans: places.map(plan), momentum: new MomentumState() };
    },
    update: (direction, predictions, step, state, ops) => {
      const { acting, feeding, builds, accelerates } = state.plans[step.index]!;
      const factor = epsilonFactor(state.run.space, step);
      /** Other terms and Σ gₖ·γₖ of eq. 10. */
      const sum = (terms: readonly Term[], weighted: readonly Weighted[]): Tensor | undefined => {
        if (weighted.length === 0) return terms.length ? ops.sum(terms) : undefined;
        const tails = weighted.map(({ concept, weight }) => {
          return { ...concept, of: predictions.value(conceptBranch(concept.text)), weight };
        });
        return ops.sumTails(tails, predictions.value('unconditional'), state.mask, state.run.layout, terms);
      };
      const past = state.momentum.term(momentum.scale, factor);
      const late: LateTensor | undefined = acting.length ? (terms) => sum(terms, acting)! : undefined;
      const applied = accelerates && (builds || past.length) ? sum(past, acting) : late;
      if (builds) {
        const fed = accelerates ? (applied as Tensor | undefined) : sum(past, feeding); // eq. 8
        state.momentum.update(fed, momentum.beta, factor, ops); // eq. 9
      }
      const result = applied ? direction.plus(applied) : direction; // eq. 3
      return isBroken(step) ? result.plus('unconditional', Number.NaN) : result;
    },
  };
}

function checkConcept(concept: Concept, run: RunInfo): void {
  const warmup = warmupOf(concept, run.steps);
  const items = run.shape[0]!;
  for (const option of ['scale', 'threshold', 'weight'] as const) checkItems(option, concept[option], items);
  checkCooldown(concept.text, warmup, concept.cooldown);
  if (warmup < run.steps || isSilent(concept)) return;
  run.warn(`concept "${concept.text}" never acts: its warm-up is ${warmup} steps and the run has ${run.steps}.`);
}

function brokenWarning(steps: readonly StepPlace[]): string {
  return (
    `compat 'diffusers' divides 0 by 0 at steps ${steps[0]!.index} to ${steps.at(-1)!.index}: ` +
    'all concepts that are warm have cooled down or weigh nothing. Leave compat out to get pictures.'
  );
}
