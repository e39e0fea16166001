/**
 * A stream of random numbers for one picture. Samplers and models are handed one, and never draw on their own, so a
 * seed fixes a picture.
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
 * Normal noise for a whole batch, each picture from its own stream: a picture is the same alone and in company.
 *
 * @category Sampling
 */
export function batchNormal(sources: readonly RandomSource[], shape: readonly number[]): Float32Array {
  const size = shape.slice(1).reduce((product, extent) => product * extent, 1);
  const noise = new Float32Array(sources.length * size);
  sources.forEach((source, item) => {
    noise.set(source.normal(size), item * size);
  });
  return noise;
}
