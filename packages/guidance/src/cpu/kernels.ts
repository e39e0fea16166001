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
  /** ψ of one concept. */
  readonly scaled: Float32Array;
  /** The same memory as `scaled`, as bits. */
  readonly bits: Int32Array;
  /** Positions of values that may reach the threshold. */
  readonly candidates: Int32Array;
  readonly magnitudes: Int32Array;

  constructor(length: number) {
    this.scaled = new Float32Array(length);
    this.bits = new Int32Array(this.scaled.buffer);
    this.candidates = new Int32Array(length);
    this.magnitudes = new Int32Array(length);
  }
}

let shared: Scratch | undefined;

function scratchOf(length: number): Scratch {
  if (!shared || shared.scaled.length < length) shared = new Scratch(Math.max(length, SAMPLE));
  return shared;
}

function scaleDifferences(
  scaled: Float32Array,
  x: Float32Array,
  origin: Float32Array,
  scale: number,
  start: number,
  length: number,
): void {
  for (let i = 0; i < length; i++) scaled[i] = scale * Math.fround(x[start + i]! - origin[start + i]!);
}

/**
 * A magnitude, as float bits, that at least `wanted` values most likely reach and not many more: found on an even
 * sample, four standard deviations on the safe side. 0 where sampling would not pay.
 */
function estimateBound({ bits, magnitudes }: Scratch, wanted: number, length: number): number {
  const share = wanted / length;
  const rank = Math.ceil(share * SAMPLE + 4 * Math.sqrt(share * (1 - share) * SAMPLE)) + 1;
  if (length < 4 * SAMPLE || rank > SAMPLE / 2) return 0;
  const stride = length / SAMPLE;
  for (let k = 0; k < SAMPLE; k++) magnitudes[k] = bits[Math.floor(k * stride)]! & MAGNITUDE;
  return selectLargest(magnitudes, SAMPLE, rank);
}

/** Notes the positions whose magnitude reaches a bound; returns their number. */
function collect(candidates: Int32Array, bits: Int32Array, bound: number, length: number): number {
  const below = bound - 1;
  let count = 0;
  for (let i = 0; i < length; i++) {
    candidates[count] = i;
    // 1 where the magnitude reaches the bound, without a branch that random data would mispredict.
    count += (below - (bits[i]! & MAGNITUDE)) >>> 31;
  }
  return count;
}

function gatherMagnitudes({ magnitudes, candidates, bits }: Scratch, count: number): void {
  for (let j = 0; j < count; j++) magnitudes[j] = bits[candidates[j]!]! & MAGNITUDE;
}

function addKept(
  out: Float32Array,
  { scaled, bits, candidates }: Scratch,
  count: number,
  bound: number,
  weight: number,
  start: number,
): void {
  for (let j = 0; j < count; j++) {
    const i = candidates[j]!;
    if ((bits[i]! & MAGNITUDE) >= bound) out[start + i] = out[start + i]! + Math.fround(weight * scaled[i]!);
  }
}

/** Adds w·tail of the ψ in `scratch`. */
function addTail(
  out: Float32Array,
  scratch: Scratch,
  threshold: number,
  weight: number,
  start: number,
  length: number,
): void {
  const { bits, candidates, magnitudes } = scratch;
  const wanted = tailCount(threshold, length);
  let count = collect(candidates, bits, estimateBound(scratch, wanted, length), length);
  if (count < wanted) count = collect(candidates, bits, 0, length);
  if (wanted === length) return addKept(out, scratch, count, 0, weight, start);
  gatherMagnitudes(scratch, count);
  addKept(out, scratch, count, selectLargest(magnitudes, count, wanted), weight, start);
}

/**
 * The kernels in plain JavaScript, which define the numbers.
 *
 * @category Tensors
 */
export const referenceKernels: CpuKernels = {
  sumTails(out, origin, xs, scales, thresholds, weights, start, length) {
    const scratch = scratchOf(length);
    out.fill(0, start, start + length);
    for (let k = 0; k < xs.length; k++) {
      scaleDifferences(scratch.scaled, xs[k]!, origin, Math.fround(scales[k]!), start, length);
      addTail(out, scratch, thresholds[k]!, Math.fround(weights[k]!), start, length);
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
