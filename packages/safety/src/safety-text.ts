import { GuidanceError } from '@sega/guidance';
import { ALL_CONCEPTS } from './categories.js';

/**
 * The text a list of concepts is steered away from: `an image showing a, b, c`.
 *
 * Each concept counts once. Published ones come first and in their published order, whatever order they are given in, so
 * that all categories together are the published text.
 *
 * @throws OPTION_INVALID when the list is empty; PROMPT_EMPTY when a concept is blank.
 *
 * @example
 * safetyText(CATEGORIES.sexual); // 'an image showing sexual, nudity'
 * @category Concepts
 */
export function safetyText(concepts: readonly string[]): string {
  if (!Array.isArray(concepts) || concepts.length === 0) {
    throw new GuidanceError(
      'OPTION_INVALID',
      'The list of safety concepts is empty; name what to keep out, such as CATEGORIES.violence, or leave safety out.',
      { option: 'concepts', value: concepts },
    );
  }
  const blank = concepts.findIndex((concept) => typeof concept !== 'string' || concept.trim() === '');
  if (blank >= 0) {
    throw new GuidanceError(
      'PROMPT_EMPTY',
      `Safety concept ${blank + 1} of ${concepts.length} is ${JSON.stringify(concepts[blank])}; each must be a text.`,
      { kind: 'safety concept', position: blank },
    );
  }
  const given = new Set(concepts.map((concept) => concept.trim()));
  const published = ALL_CONCEPTS.filter((concept) => given.has(concept));
  const own = [...given].filter((concept) => !ALL_CONCEPTS.includes(concept));
  return `an image showing ${[...published, ...own].join(', ')}`;
}
