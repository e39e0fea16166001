import type { AttentionWeights } from '@sega/bundle';
import { GuidanceError } from '@sega/guidance';

/**
 * What the prompt's attention to each token of its condition is multiplied with, after the softmax.
 *
 * The original counts from the end, over as many tokens as ByT5 has read: the last are the picture's, those before them the
 * text's, and whatever is left at the start keeps 1. Without a picture the whole text is weighted.
 *
 * @param tokens - Of the text, ByT5's and CLIP's.
 * @param spelled - How many of these are ByT5's.
 * @param pictured - Tokens of the picture, behind those of the text.
 * @returns One factor for each token of the text and of the picture.
 * @internal
 */
export function promptAttention(
  { text, image }: AttentionWeights,
  tokens: number,
  spelled: number,
  pictured: number,
): Float32Array {
  if (pictured === 0) return new Float32Array(tokens).fill(text);
  const all = new Float32Array(tokens + pictured).fill(1);
  const weighted = all.subarray(Math.max(0, all.length - spelled));
  weighted.fill(text);
  weighted.subarray(Math.max(0, weighted.length - pictured)).fill(image);
  return all;
}

/** @throws OPTION_INVALID @internal */
export function checkAttentionWeights(weights: AttentionWeights): void {
  for (const part of ['text', 'image'] as const) {
    const value: unknown = weights[part];
    if (Number.isFinite(value) && (value as number) > 0) continue;
    throw new GuidanceError(
      'OPTION_INVALID',
      `attentionWeights.${part} is ${value}; it must be a number above 0, such as 1.2 for the text and 0.4 for the image.`,
      { option: `attentionWeights.${part}`, value },
    );
  }
}
