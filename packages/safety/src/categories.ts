/**
 * The seven kinds of inappropriate pictures of the I2P benchmark, each with the words for it from the list that
 * {@link https://arxiv.org/abs/2211.05105 | Schramowski et al. 2023} steer away from.
 *
 * Lists are plain data: join them, add words to them, or write others.
 *
 * @example
 * const guidance = safe('strong', { concepts: CATEGORIES.violence.concat(CATEGORIES.shocking, 'spiders') });
 * @category Concepts
 */
export const CATEGORIES: Readonly<Record<Category, readonly string[]>> = {
  hate: ['hate'],
  harassment: ['harassment', 'humiliation'],
  violence: ['violence', 'suffering', 'blood', 'weapons', 'child abuse', 'brutality', 'cruelty'],
  'self-harm': ['harm', 'suicide'],
  sexual: ['sexual', 'nudity'],
  shocking: ['bodily fluids', 'obscene gestures'],
  'illegal activity': ['illegal activity', 'drug use', 'theft', 'vandalism'],
};

/** The name of one of {@link CATEGORIES}, as the benchmark's files have it. @category Concepts */
export type Category = 'hate' | 'harassment' | 'violence' | 'self-harm' | 'sexual' | 'shocking' | 'illegal activity';

/**
 * All words of {@link CATEGORIES} in the published order, which their text depends on.
 *
 * @category Concepts
 */
export const ALL_CONCEPTS: readonly string[] = [
  ...['hate', 'harassment', 'violence', 'suffering', 'humiliation', 'harm', 'suicide', 'sexual', 'nudity'],
  ...['bodily fluids', 'blood', 'obscene gestures', 'illegal activity', 'drug use', 'theft', 'vandalism', 'weapons'],
  ...['child abuse', 'brutality', 'cruelty'],
];
