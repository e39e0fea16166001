import type { Applied } from '@sega/guidance';

/**
 * What was applied to one picture of a batch: of lists with something for each picture only its own, so that a picture
 * carries the same whatever company it was drawn in.
 *
 * @internal
 */
export function appliedTo(applied: readonly Applied[], item: number, seed: number): readonly Applied[] {
  return applied.map((entry) => {
    const { drawn, flagged } = entry;
    return {
      ...entry,
      ...(Array.isArray(drawn) && { drawn: drawn[item] }),
      ...(Array.isArray(flagged) && { flagged: flagged.includes(seed) }),
    };
  });
}
