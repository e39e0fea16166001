import { sizeOf } from './shape.js';
import type { Tensor, TensorOps } from './tensor.js';

/**
 * A stream of random numbers for one picture. Samplers and models never draw on their own, so a seed fixes a picture.
 *
 * @category Sampling
 */
export interface RandomSource {
  /** `count` draws from N(0, 1). */
  normal(count: number): Float32Array;
  /** `count` draws from [0, 1). */
  uniform(count: number): Float32Array;
  /** `count` whole numbers from [0, bound). */
  integers(count: number, bound: number): Int32Array;
}

/**
 * Random tensors for a whole batch, each picture from its own stream: a picture is the same alone and in company. The
 * first extent of a shape is the batch.
 *
 * @category Sampling
 */
export interface Noise {
  /** Draws from N(0, 1). */
  normal(shape: readonly number[]): Tensor;
  /** Draws from [0, 1). */
  uniform(shape: readonly number[]): Tensor;
  /** Whole numbers from [0, bound). */
  integers(shape: readonly number[], bound: number): Tensor;
}

/** The noise of pictures with these streams. @category Sampling */
export function batchNoise(sources: readonly RandomSource[], ops: TensorOps): Noise {
  const draw = (shape: readonly number[], from: (source: RandomSource, count: number) => ArrayLike<number>): Tensor => {
    const size = sizeOf(shape.slice(1));
    const drawn = new Float32Array(sources.length * size);
    sources.forEach((source, item) => {
      drawn.set(from(source, size), item * size);
    });
    return ops.fromArray(drawn, shape);
  };
  return {
    normal: (shape) => draw(shape, (source, count) => source.normal(count)),
    uniform: (shape) => draw(shape, (source, count) => source.uniform(count)),
    integers: (shape, bound) => draw(shape, (source, count) => source.integers(count, bound)),
  };
}
