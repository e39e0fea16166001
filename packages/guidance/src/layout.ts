/** What one axis of a prediction runs over. @category Tensors */
export type Axis = 'batch' | 'channel' | 'height' | 'width' | 'position';

/**
 * The axes of a prediction, outermost first. Methods take their axes from here, never from dimension numbers.
 *
 * @category Tensors
 */
export type Layout = readonly Axis[];

/** Batch × channel × height × width: latent and pixel models. @category Tensors */
export const IMAGE_LAYOUT: Layout = ['batch', 'channel', 'height', 'width'];

/**
 * Which values share one threshold or one statistic: all of a picture's (`item`), or those of one channel of it
 * (`channel`).
 *
 * @category Tensors
 */
export type Scope = 'item' | 'channel';
