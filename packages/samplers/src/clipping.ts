import type { Tensor, TensorOps } from '@sega/guidance';
import { linear } from './linear.js';

/**
 * How the foreseen clean picture is kept within range. Thresholding goes before clipping: only one is applied.
 *
 * @category Schedule
 */
export interface ClippingOptions {
  /** Cuts x₀ at ± `clipSampleRange`. Default true for DDIM and DDPM, false for LCM. */
  readonly clipSample?: boolean;
  /** Default 1. */
  readonly clipSampleRange?: number;
  /** Dynamic thresholding, {@link https://arxiv.org/abs/2205.11487 | Saharia et al. 2022}; for pixel models. Default false. */
  readonly thresholding?: boolean;
  /** The quantile p of |x₀| that becomes the range. Default 0.995; DeepFloyd-IF 0.95. */
  readonly dynamicThresholdingRatio?: number;
  /** The widest range c. Default 1; DeepFloyd-IF 1.5 in its first stage. */
  readonly sampleMaxValue?: number;
}

/** x₀ within its range. @internal */
export function clip(clean: Tensor, options: ClippingOptions, ops: TensorOps): Tensor {
  if (options.thresholding) return threshold(clean, options, ops);
  const { clipSample = false, clipSampleRange = 1 } = options;
  return clipSample ? ops.clamp(clean, -clipSampleRange, clipSampleRange) : clean;
}

/** clamp(x₀, −s, s)/s with s = clamp(quantile(|x₀|, p), 1, c), picture by picture. */
function threshold(clean: Tensor, options: ClippingOptions, ops: TensorOps): Tensor {
  const { dynamicThresholdingRatio = 0.995, sampleMaxValue = 1 } = options;
  if (sampleMaxValue === 1) return ops.clamp(clean, -1, 1);
  const range = ops.clamp(ops.quantile(ops.map(clean, 'abs'), dynamicThresholdingRatio), 1, sampleMaxValue);
  const cut = ops.clamp(clean, linear([[-1, range]], ops), range);
  return ops.sum([[ops.map(range, 'reciprocal'), cut]]);
}
