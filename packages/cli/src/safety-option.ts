import { GuidanceError } from '@sega/guidance';
import { CATEGORIES, type SafetyMethod } from '@sega/safety';
import { presetName, type RequestedPreset } from './preset-option.js';

/** The safety asked for: a preset, and what replaces parts of it. @category Request */
export interface RequestedSafety {
  readonly preset: RequestedPreset;
  /** Left out: what the preset has for the model. */
  readonly method?: SafetyMethod;
  /** Left out: the preset's. */
  readonly concepts?: readonly string[];
}

/** @internal */
export const SAFETY_METHODS = ['safe-latent', 'semantic'] as const satisfies readonly SafetyMethod[];

/**
 * Reads concepts between `|`; the name of a category stands for its words.
 *
 * @throws OPTION_INVALID when one is empty.
 * @internal
 */
export function parseSafetyConcepts(value: string): readonly string[] {
  const named = value.split('|').map((concept) => concept.trim());
  if (named.includes('')) {
    throw new GuidanceError(
      'OPTION_INVALID',
      `--safety-concepts is "${value}"; it must be texts between |. Write for example --safety-concepts "violence|spiders". ` +
        `Categories are ${Object.keys(CATEGORIES).join(', ')}.`,
      { option: '--safety-concepts', value },
    );
  }
  const words: Readonly<Record<string, readonly string[]>> = CATEGORIES;
  return [...new Set(named.flatMap((name) => (Object.hasOwn(words, name) ? words[name]! : [name])))];
}

/** `safety strong`, and what was replaced. @internal */
export function describeSafety({ preset, method, concepts }: RequestedSafety): string {
  const replaced = [method, concepts && `away from ${concepts.join(', ')}`].filter(Boolean);
  return `safety ${presetName(preset)}${replaced.length > 0 ? ` (${replaced.join('; ')})` : ''}`;
}
