/** What one axis of a prediction runs over; `code` over a codebook, whose logits are the values. @category Tensors */
export type Axis = 'batch' | 'channel' | 'code' | 'height' | 'width' | 'position';

/**
 * The axes of a prediction, outermost first. Methods take their axes from here, never from dimension numbers.
 *
 * @category Tensors
 */
export type Layout = readonly Axis[];

/** Batch × channel × height × width: latent and pixel models. @category Tensors */
export const IMAGE_LAYOUT: Layout = ['batch', 'channel', 'height', 'width'];

/** Batch × code × height × width: token models. @category Tensors */
export const LOGITS_LAYOUT: Layout = ['batch', 'code', 'height', 'width'];

/**
 * Which values of a difference survive a threshold λ, the largest magnitudes of each group:
 *
 * | mask | a group is | what is kept or dropped |
 * |---|---|---|
 * | `element` | one channel (or code) of a picture | single values |
 * | `joint` | a picture | single values |
 * | `token` | the positions of a picture, by the 2-norm over their channels | whole positions |
 * | `none` | | everything is kept, whatever λ |
 *
 * Over codes, `token` compares log-probabilities, to which a constant added to all logits of a position means nothing.
 *
 * @category Tensors
 */
export type Mask = 'element' | 'joint' | 'token' | 'none';

/** The axis of the channels or codes; −1 where there is none. @internal */
export function channelAxis(layout: Layout): number {
  return layout.findIndex((axis) => axis === 'channel' || axis === 'code');
}
