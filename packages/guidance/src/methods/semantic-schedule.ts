import { combined, everywhere } from '../coefficient.js';
import { type Concept, isSilent } from '../concept.js';
import type { Step } from '../step.js';
import type { Coefficient } from '../tensor.js';

/** Which step of how many. @internal */
export type StepPlace = Pick<Step, 'index' | 'count'>;

/** A concept within a sum, with its weight there. @internal */
export interface Weighted {
  readonly concept: Concept;
  readonly weight: Coefficient;
}

/** What SEGA does at one step; concepts that change nothing are in no list. @internal */
export interface SemanticPlan {
  /** The concepts whose tails are added to the direction. */
  readonly acting: readonly Weighted[];
  /** The concepts whose tails feed the momentum; the acting ones once all are warm. */
  readonly feeding: readonly Weighted[];
  /** Whether momentum is updated at this step. */
  readonly builds: boolean;
  /** Whether momentum is added to the direction: once all warm-ups are done. */
  readonly accelerates: boolean;
}

/** The first step at which a concept acts. @internal */
export function warmupOf(concept: Concept, steps: number): number {
  return concept.warmup ?? Math.round(steps / 5);
}

/**
 * The paper's schedule: gᵢ = 0 before the warm-up (eq. 10) and from the cool-down on; momentum is built by all concepts
 * from the first step and added once all are warm. It is not built where no later step could add it.
 *
 * @internal
 */
export function paperPlan(concepts: readonly Concept[], momentum: number, step: StepPlace): SemanticPlan {
  const heard = audible(concepts.map(asWeighted));
  const lastWarmup = Math.max(...heard.map(({ concept }) => warmupOf(concept, step.count)));
  const end = Math.min(step.count, Math.max(...heard.map(({ concept }) => cooldownOf(concept))));
  const uncooled = heard.filter(({ concept }) => step.index < cooldownOf(concept));
  const builds = momentum !== 0 && lastWarmup < end && step.index < end;
  return {
    acting: uncooled.filter(({ concept }) => step.index >= warmupOf(concept, step.count)),
    feeding: builds ? uncooled : [],
    builds,
    accelerates: builds && step.index >= lastWarmup,
  };
}

/**
 * The reference implementation's schedule: while some concepts are warm and others not, the weights of the warm ones
 * are divided by their sum; a cooled concept counts as warm with weight 0; momentum outlives the cool-down.
 *
 * @internal
 */
export function diffusersPlan(concepts: readonly Concept[], momentum: number, step: StepPlace): SemanticPlan {
  const warm = concepts.filter((concept) => step.index >= warmupOf(concept, step.count));
  const isUncooled = (concept: Concept): boolean => step.index < cooldownOf(concept);
  const feeding = audible(concepts.filter(isUncooled).map(asWeighted));
  if (warm.length === concepts.length) {
    return { acting: feeding, feeding, builds: momentum !== 0, accelerates: true };
  }
  const lastWarmup = Math.max(...concepts.map((concept) => warmupOf(concept, step.count)));
  const builds = momentum !== 0 && lastWarmup < step.count;
  const uncooled = warm.filter(isUncooled);
  const total = uncooled.reduce<Coefficient>((sum, { weight }) => combined(sum, weight, (x, y) => x + y), 0);
  const acting = uncooled.map((concept) => ({ concept, weight: combined(concept.weight, total, (x, y) => x / y) }));
  return { acting: audible(acting), feeding: builds ? feeding : [], builds, accelerates: false };
}

/** True at a step where the reference implementation divides 0 by 0: warm concepts, none of any weight. @internal */
export function diffusersDividesByZero(concepts: readonly Concept[], step: StepPlace): boolean {
  const warm = concepts.filter((concept) => step.index >= warmupOf(concept, step.count));
  const isWeightless = (concept: Concept): boolean =>
    step.index >= cooldownOf(concept) || everywhere(concept.weight, 0);
  return warm.length > 0 && warm.length < concepts.length && warm.every(isWeightless);
}

function cooldownOf(concept: Concept): number {
  return concept.cooldown ?? Number.POSITIVE_INFINITY;
}

function audible(weighted: readonly Weighted[]): readonly Weighted[] {
  return weighted.filter(({ concept }) => !isSilent(concept));
}

function asWeighted(concept: Concept): Weighted {
  return { concept, weight: concept.weight };
}
