import { selectLargest } from './select.js';

/**
 * The inner loops of {@link cpuOps} over plain arrays, replaceable by faster ones with the same numbers: every
 * difference, product and sum is rounded to float32, summands are taken in the order given.
 *
 * @category Tensors
 */
export interface CpuKernels {
  /**
   * out[i] = Σₖ wₖ·tailₖ(i) for i in [start, start + length): one threshold group. With ψₖ = sₖ·(xₖ − origin), tailₖ
   * keeps ψₖ where |ψₖ| reaches the λₖ-quantile of the group, and is 0 elsewhere: see {@link tailCount}.
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
  ): void;
  /** out[i] = Σₖ factors[k]·xs[k][i] for i in [start, start + length). `out` is none of the xs. */
  sum(out: Float32Array, xs: readonly Float32Array[], factors: readonly number[], start: number, length: number): void;
}

/**
 * How many of a group's values a tail keeps, ties aside: N − ⌈λ(N − 1)⌉. Those at or above the interpolated λ-quantile
 * are those at or above the order statistic of rank ⌈λ(N − 1)⌉, so nothing is interpolated. The rank is computed in
 * float32, as torch computes it.
 *
 * @internal
 */
export function tailCount(threshold: number, length: number): number {
  return length - Math.ceil(Math.fround(Math.fround(threshold) * (length - 1)));
}

const MAGNITUDE = 0x7fffffff;
const SAMPLE = 256;
const fround: (x: number) => number = Math.fround;

/** Grown to the longest group seen and shared by all runs: kernels never wait, so no two use it at once. */
let scaled: Float32Array = new Float32Array(0);
let bits: Int32Array = new Int32Array(0);
let candidates: Int32Array = new Int32Array(0);
let magnitudes: Int32Array = new Int32Array(0);

function reserve(length: number): void {
  if (scaled.length >= length) return;
  scaled = new Float32Array(length);
  bits = new Int32Array(scaled.buffer);
  candidates = new Int32Array(length);
  magnitudes = new Int32Array(Math.max(length, SAMPLE));
}

/** A magnitude, as float bits, that is most likely a little below the threshold: found on a sample of the group. */
function estimate(
  origin: Float32Array,
  x: Float32Array,
  scale: number,
  wanted: number,
  start: number,
  length: number,
): number {
  if (length < 4 * SAMPLE) return 0;
  const share = wanted / length;
  const rank = Math.ceil(share * SAMPLE + 4 * Math.sqrt(share * (1 - share) * SAMPLE)) + 1;
  if (rank >= SAMPLE / 2) return 0;
  const stride = length / SAMPLE;
  for (let k = 0; k < SAMPLE; k++) {
    const i = start + Math.floor(k * stride);
    scaled[k] = scale * fround(x[i]! - origin[i]!);
    magnitudes[k] = bits[k]! & MAGNITUDE;
  }
  return selectLargest(magnitudes, SAMPLE, rank);
}

/** Fills `scaled` with ψ and `candidates` with the positions whose magnitude reaches a bound; returns their number. */
function collect(
  origin: Float32Array,
  x: Float32Array,
  scale: number,
  bound: number,
  start: number,
  length: number,
): number {
  let count = 0;
  for (let i = 0; i < length; i++) {
    scaled[i] = scale * fround(x[start + i]! - origin[start + i]!);
    candidates[count] = i;
    // 1 where the magnitude reaches the bound, without a branch that half-random data would mispredict.
    count += (bound - 1 - (bits[i]! & MAGNITUDE)) >>> 31;
  }
  return count;
}

function addTail(
  out: Float32Array,
  origin: Float32Array,
  x: Float32Array,
  scale: number,
  threshold: number,
  weight: number,
  start: number,
  length: number,
): void {
  const wanted = tailCount(threshold, length);
  let count = collect(origin, x, scale, estimate(origin, x, scale, wanted, start, length), start, length);
  if (count < wanted) count = collect(origin, x, scale, 0, start, length);
  for (let j = 0; j < count; j++) magnitudes[j] = bits[candidates[j]!]! & MAGNITUDE;
  const bound = wanted === length ? 0 : selectLargest(magnitudes, count, wanted);
  for (let j = 0; j < count; j++) {
    const i = candidates[j]!;
    if ((bits[i]! & MAGNITUDE) >= bound) out[start + i] = out[start + i]! + fround(weight * scaled[i]!);
  }
}

/**
 * The kernels in plain JavaScript, which define the numbers.
 *
 * @category Tensors
 */
export const referenceKernels: CpuKernels = {
  sumTails(out, origin, xs, scales, thresholds, weights, start, length) {
    reserve(length);
    out.fill(0, start, start + length);
    for (let k = 0; k < xs.length; k++) {
      addTail(out, origin, xs[k]!, fround(scales[k]!), thresholds[k]!, fround(weights[k]!), start, length);
    }
  },
  sum(out, xs, factors, start, length) {
    const end = start + length;
    const [first = out, second] = xs;
    const a = fround(factors[0]!);
    const b = fround(factors[1]!);
    if (second) for (let i = start; i < end; i++) out[i] = fround(a * first[i]!) + fround(b * second[i]!);
    else for (let i = start; i < end; i++) out[i] = a * first[i]!;
    for (let k = 2; k < xs.length; k++) {
      const x = xs[k]!;
      const factor = fround(factors[k]!);
      for (let i = start; i < end; i++) out[i] = out[i]! + fround(factor * x[i]!);
    }
  },
};
