import { drawCodes } from './codes.js';
import type { Groups } from './groups.js';
import { selectLargest } from './select.js';
import { tailCount } from './tail-count.js';
import { sumTokenTails } from './token-tails.js';

/**
 * The inner loops of {@link cpuOps} over plain arrays, replaceable by faster ones with the same numbers: every
 * difference, product and sum is rounded to float32, summands are taken in the order given.
 *
 * @category Tensors
 */
export interface CpuKernels {
  /**
   * out[i] = Σₖ wₖ·tailₖ(i) for i in [start, start + count·length): `count` threshold groups of `length` side by side.
   * With ψₖ = sₖ·(xₖ − origin), tailₖ keeps ψₖ where |ψₖ| reaches the λₖ-quantile of its group, and is 0 elsewhere: see
   * {@link tailCount}.
   */
  sumTails(
    out: Float32Array,
    origin: Float32Array,
    xs: readonly Float32Array[],
    scales: readonly number[],
    thresholds: readonly number[],
    weights: readonly number[],
    start: number,
    length: number,
    count: number,
  ): void;
  /** The same over whole positions of one item: `grid.count` channels or, where they are logits, codes. */
  sumTokenTails(
    out: Float32Array,
    origin: Float32Array,
    xs: readonly Float32Array[],
    scales: readonly number[],
    thresholds: readonly number[],
    weights: readonly number[],
    start: number,
    grid: Groups,
    isLogits: boolean,
  ): void;
  /**
   * For each position of [items, codes, positions] the code that `uniform` draws from softmax(logits/temperature), the
   * first whose cumulated probability exceeds it; without `uniform` the most probable, the first of equals. Not finite where
   * some logit is NaN or the largest is infinite.
   */
  drawCodes(
    out: Float32Array,
    logits: Float32Array,
    codes: number,
    positions: number,
    temperature: number,
    uniform: Float32Array | undefined,
  ): void;
  /** out[i] = Σₖ factors[k]·xs[k][i] for i in [start, start + length). `out` may be one of the xs. */
  sum(out: Float32Array, xs: readonly Float32Array[], factors: readonly number[], start: number, length: number): void;
}

const MAGNITUDE = 0x7fffffff;

/** Working memory of the longest group seen. Kernels never wait, so all runs can share it. */
let scaled = new Float32Array(0);
let magnitudes = new Int32Array(0);

function addTail(
  out: Float32Array,
  x: Float32Array,
  origin: Float32Array,
  scale: number,
  weight: number,
  wanted: number,
  start: number,
  length: number,
): void {
  if (scaled.length < length) {
    scaled = new Float32Array(length);
    magnitudes = new Int32Array(length);
  }
  const bits = new Int32Array(scaled.buffer);
  for (let i = 0; i < length; i++) scaled[i] = scale * Math.fround(x[start + i]! - origin[start + i]!);
  for (let i = 0; i < length; i++) magnitudes[i] = bits[i]! & MAGNITUDE;
  const bound = wanted === length ? 0 : selectLargest(magnitudes, length, wanted);
  for (let i = 0; i < length; i++) {
    if ((bits[i]! & MAGNITUDE) < bound) continue;
    out[start + i] = out[start + i]! + Math.fround(weight * scaled[i]!);
  }
}

/**
 * The kernels in plain JavaScript, which define the numbers.
 *
 * @category Tensors
 */
export const referenceKernels: CpuKernels = {
  sumTails(out, origin, xs, scales, thresholds, weights, start, length, count) {
    const end = start + count * length;
    out.fill(0, start, end);
    for (let k = 0; k < xs.length; k++) {
      const [scale, weight, wanted] = [
        Math.fround(scales[k]!),
        Math.fround(weights[k]!),
        tailCount(thresholds[k]!, length),
      ];
      for (let group = start; group < end; group += length)
        addTail(out, xs[k]!, origin, scale, weight, wanted, group, length);
    }
  },
  sumTokenTails,
  drawCodes,
  sum(out, xs, factors, start, length) {
    const rounded = Float32Array.from(factors);
    for (let i = start; i < start + length; i++) {
      let sum = Math.fround(rounded[0]! * xs[0]![i]!);
      for (let k = 1; k < xs.length; k++) sum = Math.fround(sum + Math.fround(rounded[k]! * xs[k]![i]!));
      out[i] = sum;
    }
  },
};
