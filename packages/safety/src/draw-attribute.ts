import { GuidanceError } from '@sega/guidance';

/** What attributes are drawn from. @internal */
export interface Shares {
  readonly attributes: readonly string[];
  /** One for each attribute; their sum is 1. */
  readonly proportions: readonly number[];
}

/** @throws OPTION_INVALID @internal */
export function sharesOf(attributes: readonly string[], proportions?: readonly number[]): Shares {
  const given = proportions ?? attributes.map(() => 1);
  const refuse = (why: string): never => {
    throw new GuidanceError('OPTION_INVALID', `proportions is [${given}]; ${why}.`, {
      option: 'proportions',
      value: given,
      attributes,
    });
  };
  if (given.length !== attributes.length) refuse(`give one for each of the ${attributes.length} attributes`);
  if (!given.every((share) => Number.isFinite(share) && share >= 0)) refuse('each must be a number of at least 0');
  const total = given.reduce((sum, share) => sum + share, 0);
  if (total === 0) refuse('at least one must be above 0');
  return { attributes, proportions: given.map((share) => share / total) };
}

/** The index of a picture's attribute: the same whatever batch the picture is in. @internal */
export function drawAttribute(picture: number, seed: number, { attributes, proportions }: Shares): number {
  const place = uniform(`${seed}:${picture}:${attributes.join('\n')}`);
  let below = 0;
  for (const [attribute, share] of proportions.entries()) {
    below += share;
    if (place < below) return attribute;
  }
  // Rounding may leave the sum a little below 1.
  return proportions.findLastIndex((share) => share > 0);
}

/** A number in [0, 1) from a text: FNV-1a, then the finalizer of MurmurHash3. */
function uniform(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
