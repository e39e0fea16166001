import type { Branch } from './branch.js';
import { checkNumber } from './check.js';
import { everywhere, mapped } from './coefficient.js';
import { GuidanceError } from './errors.js';
import type { Coefficient } from './tensor.js';

/**
 * How strongly, where and when a concept acts.
 *
 * @category Concepts
 */
export interface ConceptSettings {
  /** s ≥ 0 in the usual use, or one for each picture; 3 to 10 is usual, 0 is off, a negative one turns the concept around. Default 5. */
  readonly scale?: Coefficient;
  /** λ within [0, 1], or one for each picture: the share of values left alone. 0.9 edits the largest 10 % of each channel. Default 0.9. */
  readonly threshold?: Coefficient;
  /** δ, the first step at which the concept acts: larger keeps more of the composition. Default: a fifth of the run's steps. */
  readonly warmup?: number;
  /** κ > δ, the first step at which the concept no longer acts. Default: never. */
  readonly cooldown?: number;
  /** g ≥ 0, or one for each picture: the concept's weight among several. Default 1. */
  readonly weight?: Coefficient;
}

/**
 * A text to steer toward or away from. Made by {@link toward} and {@link away}.
 *
 * @category Concepts
 */
export interface Concept {
  readonly text: string;
  /** Signed: negative steers away. */
  readonly scale: Coefficient;
  /** The share of values left alone, within [0, 1]. */
  readonly threshold: Coefficient;
  /** Undefined: a fifth of the run's steps. */
  readonly warmup: number | undefined;
  /** Undefined: never. */
  readonly cooldown: number | undefined;
  /** Its share among several concepts. */
  readonly weight: Coefficient;
}

/**
 * A concept to steer toward.
 *
 * @throws PROMPT_EMPTY when the text is blank; OPTION_INVALID when a setting is out of its range or the cool-down does
 * not come after the warm-up.
 *
 * @example
 * const glasses = toward('glasses, wearing glasses', { scale: 6, warmup: 3 });
 * @category Concepts
 */
export function toward(text: string, settings: ConceptSettings = {}): Concept {
  const { scale = 5, threshold = 0.9, warmup, cooldown, weight = 1 } = settings;
  checkText('concept', text);
  checkNumber('scale', scale);
  checkNumber('threshold', threshold, { min: 0, max: 1 });
  if (warmup !== undefined) checkNumber('warmup', warmup, { min: 0, integer: true });
  if (cooldown !== undefined) checkNumber('cooldown', cooldown, { min: 1, integer: true });
  checkNumber('weight', weight, { min: 0 });
  if (warmup !== undefined) checkCooldown(text, warmup, cooldown);
  return { text, scale, threshold, warmup, cooldown, weight };
}

/**
 * A concept to steer away from: {@link toward} with the scale's sign turned.
 *
 * @throws PROMPT_EMPTY, OPTION_INVALID as `toward` does.
 *
 * @example
 * const guidance = semantic([away('male'), toward('female')]);
 * @category Concepts
 */
export function away(text: string, settings: ConceptSettings = {}): Concept {
  const concept = toward(text, settings);
  return { ...concept, scale: mapped(concept.scale, (value) => -value) };
}

/** @internal */
export function conceptBranch(text: string): Branch {
  return `concept:${text}`;
}

/** True when a concept can change nothing. @internal */
export function isSilent(concept: Concept): boolean {
  return everywhere(concept.scale, 0) || everywhere(concept.weight, 0);
}

/** The same order whatever order the caller gave, so that sums round the same. @internal */
export function inCanonicalOrder<T>(values: readonly T[]): readonly T[] {
  const keyed = values.map((value) => [JSON.stringify(value), value] as const);
  return keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, value]) => value);
}

/** @throws PROMPT_EMPTY @internal */
export function checkText(kind: string, text: string): void {
  if (text.trim()) return;
  throw new GuidanceError('PROMPT_EMPTY', `The text of a ${kind} is empty. Name what to steer toward or away from.`, {
    kind,
  });
}

/** @throws OPTION_INVALID @internal */
export function checkCooldown(text: string, warmup: number, cooldown: number | undefined): void {
  if (cooldown === undefined || cooldown > warmup) return;
  throw new GuidanceError(
    'OPTION_INVALID',
    `concept "${text}" has its cool-down before warm-up: cooldown is ${cooldown}, warmup ${warmup}. ` +
      'Make cooldown larger.',
    { option: 'cooldown', value: cooldown, warmup, concept: text },
  );
}
