import { selectLargest } from './select.js';

/** Σ aᵢ·bᵢ over [start, end), summed in float64. @internal */
export function dot(a: Float32Array, b: Float32Array, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Sample standard deviation (n − 1) over [start, end), summed in float64. @internal */
export function deviation(x: Float32Array, start: number, end: number): number {
  const length = end - start;
  let mean = 0;
  for (let i = start; i < end; i++) mean += x[i]!;
  mean /= length;
  let squares = 0;
  for (let i = start; i < end; i++) squares += (x[i]! - mean) ** 2;
  return Math.sqrt(squares / (length - 1));
}

/** The q-quantile over [start, end) with linear interpolation between order statistics. @internal */
export function quantile(x: Float32Array, q: number, start: number, end: number): number {
  const length = end - start;
  const rank = Math.fround(Math.fround(q) * (length - 1));
  const below = orderStatistic(x, Math.floor(rank), start, end);
  const above = orderStatistic(x, Math.ceil(rank), start, end);
  const share = rank - Math.floor(rank);
  return share < 0.5 ? below + share * (above - below) : above - (above - below) * (1 - share);
}

/** The value of the given rank from 0, smallest first. */
function orderStatistic(x: Float32Array, rank: number, start: number, end: number): number {
  const ordered = new Int32Array(x.slice(start, end).buffer);
  for (let i = 0; i < ordered.length; i++) ordered[i] = sortable(ordered[i]!);
  const bits = sortable(selectLargest(ordered, ordered.length, ordered.length - rank));
  return new Float32Array(Int32Array.of(bits).buffer)[0]!;
}

/** Float bits to integers that sort as the floats do, and back. */
function sortable(bits: number): number {
  return bits ^ ((bits >> 31) & 0x7fffffff);
}
