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

/** Working memory, grown to the longest group seen. Kernels never wait, so all runs can share it. */
class Scratch {
  /** Positions of the values that may reach the threshold. */
  readonly candidates: Int32Array;
  /** ψ of the candidates. */
  readonly scaled: Float32Array;
  /** The same memory as `scaled`, as bits. */
  readonly bits: Int32Array;
  readonly magnitudes: Int32Array;

  constructor(length: number) {
    this.candidates = new Int32Array(length);
    this.scaled = new Float32Array(length);
    this.bits = new Int32Array(this.scaled.buffer);
    this.magnitudes = new Int32Array(length);
  }
}

let shared: Scratch | undefined;

function scratchOf(length: number): Scratch {
  if (!shared || shared.scaled.length < length) shared = new Scratch(Math.max(length, SAMPLE));
  return shared;
}

/**
 * A magnitude of x − origin that at least `wanted` values most likely reach, and not many more: found on an even
 * sample, four standard deviations on the safe side. 0 where sampling would not pay.
 */
function estimateBound(
  { scaled, bits, magnitudes }: Scratch,
  x: Float32Array,
  origin: Float32Array,
  wanted: number,
  start: number,
  length: number,
): number {
  const share = wanted / length;
  const rank = Math.ceil(share * SAMPLE + 4 * Math.sqrt(share * (1 - share) * SAMPLE)) + 1;
  if (length < 4 * SAMPLE || rank > SAMPLE / 2) return 0;
  const stride = length / SAMPLE;
  for (let k = 0; k < SAMPLE; k++) {
    const i = start + Math.floor(k * stride);
    scaled[k] = x[i]! - origin[i]!;
  }
  for (let k = 0; k < SAMPLE; k++) magnitudes[k] = bits[k]! & MAGNITUDE;
  bits[0] = selectLargest(magnitudes, SAMPLE, rank);
  return scaled[0]!;
}

/**
 * Notes the positions where |x − origin| reaches a bound or is not a number; returns how many. Written without a branch,
 * which random data would mispredict.
 */
function collect(
  candidates: Int32Array,
  x: Float32Array,
  origin: Float32Array,
  bound: number,
  start: number,
  end: number,
): number {
  let count = 0;
  for (let i = start; i < end; i++) {
    candidates[count] = i;
    count += Number(!(Math.abs(x[i]! - origin[i]!) < bound));
  }
  return count;
}

/** The magnitude, as float bits, of the `wanted`-th largest ψ among the candidates. */
function selectAmong(
  { candidates, scaled, bits, magnitudes }: Scratch,
  x: Float32Array,
  origin: Float32Array,
  scale: number,
  count: number,
  wanted: number,
): number {
  for (let j = 0; j < count; j++) {
    const i = candidates[j]!;
    scaled[j] = scale * Math.fround(x[i]! - origin[i]!);
  }
  for (let j = 0; j < count; j++) magnitudes[j] = bits[j]! & MAGNITUDE;
  return selectLargest(magnitudes, count, wanted);
}

function addKept(
  out: Float32Array,
  { candidates, scaled, bits, magnitudes: kept }: Scratch,
  weight: number,
  count: number,
  bound: number,
): void {
  let number = 0;
  for (let j = 0; j < count; j++) {
    kept[number] = j;
    number += Number((bits[j]! & MAGNITUDE) >= bound);
  }
  for (let k = 0; k < number; k++) {
    const j = kept[k]!;
    const i = candidates[j]!;
    out[i] = out[i]! + Math.fround(weight * scaled[j]!);
  }
}

function addAll(
  out: Float32Array,
  x: Float32Array,
  origin: Float32Array,
  scale: number,
  weight: number,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) {
    out[i] = out[i]! + Math.fround(weight * Math.fround(scale * Math.fround(x[i]! - origin[i]!)));
  }
}

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
  const scratch = scratchOf(length);
  const { candidates, bits, scaled } = scratch;
  const estimate = estimateBound(scratch, x, origin, wanted, start, length);
  let count = collect(candidates, x, origin, estimate, start, start + length);
  let bound = count < wanted ? 0 : selectAmong(scratch, x, origin, scale, count, wanted);
  // A value that is no candidate can still round to the threshold after scaling: then take all values.
  const first = bits[0]!;
  scaled[0] = scale * estimate;
  const isCertain = bound > (bits[0]! & MAGNITUDE);
  bits[0] = first;
  if (!isCertain && count < length) {
    count = collect(candidates, x, origin, 0, start, start + length);
    bound = selectAmong(scratch, x, origin, scale, count, wanted);
  }
  addKept(out, scratch, weight, count, bound);
}

/**
 * The kernels in plain JavaScript, which define the numbers.
 *
 * @category Tensors
 */
export const referenceKernels: CpuKernels = {
  sumTails(out, origin, xs, scales, thresholds, weights, start, length) {
    out.fill(0, start, start + length);
    for (let k = 0; k < xs.length; k++) {
      const x = xs[k]!;
      const scale = Math.fround(scales[k]!);
      const weight = Math.fround(weights[k]!);
      const wanted = tailCount(thresholds[k]!, length);
      if (wanted === length) addAll(out, x, origin, scale, weight, start, start + length);
      else addTail(out, x, origin, scale, weight, wanted, start, length);
    }
  },
  sum(out, xs, factors, start, length) {
    const end = start + length;
    const [first = out, second] = xs;
    const a = Math.fround(factors[0]!);
    const b = Math.fround(factors[1]!);
    if (second) addTwo(out, first, second, a, b, start, end);
    else for (let i = start; i < end; i++) out[i] = a * first[i]!;
    for (let k = 2; k < xs.length; k++) addOne(out, xs[k]!, Math.fround(factors[k]!), start, end);
  },
};

function addTwo(
  out: Float32Array,
  x: Float32Array,
  y: Float32Array,
  a: number,
  b: number,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) out[i] = Math.fround(a * x[i]!) + Math.fround(b * y[i]!);
}

function addOne(out: Float32Array, x: Float32Array, factor: number, start: number, end: number): void {
  for (let i = start; i < end; i++) out[i] = out[i]! + Math.fround(factor * x[i]!);
}
