import { type Groups, visitGroups } from './groups.js';
import type { CpuKernels } from './kernels.js';
import { selectLargest } from './select.js';
import { tailCount } from './tail-count.js';

/** log Σ exp over the codes of each position. */
function logSums(x: Float32Array, start: number, grid: Groups): Float64Array {
  const largest = new Float64Array(grid.blocks * grid.length).fill(Number.NEGATIVE_INFINITY);
  const sums = new Float64Array(largest.length);
  visitGroups(grid, start, (i, p) => {
    largest[p] = Math.max(largest[p]!, x[i]!);
  });
  visitGroups(grid, start, (i, p) => {
    sums[p] = sums[p]! + Math.exp(x[i]! - largest[p]!);
  });
  return sums.map((sum, p) => largest[p]! + Math.log(sum));
}

/**
 * Tails of whole positions: γ = s·(x − origin − shift) at the positions where its 2-norm over the channels reaches the
 * λ-quantile of the picture's. The shift makes logits log-probabilities.
 *
 * @internal
 */
export const sumTokenTails: CpuKernels['sumTokenTails'] = (
  out,
  origin,
  xs,
  scales,
  thresholds,
  weights,
  start,
  grid,
  isLogits,
) => {
  const positions = grid.blocks * grid.length;
  out.fill(0, start, start + positions * grid.count);
  const base = isLogits && logSums(origin, start, grid);
  for (const [k, x] of xs.entries()) {
    const shift = base ? logSums(x, start, grid).map((sum, p) => sum - base[p]!) : new Float64Array(positions);
    const squares = new Float64Array(positions);
    visitGroups(grid, start, (i, p) => {
      squares[p] = squares[p]! + (x[i]! - origin[i]! - shift[p]!) ** 2;
    });
    // Not a number has many bit patterns; this one sorts last.
    const bits = new Int32Array(Float32Array.from(squares, (value) => (value >= 0 ? value : Number.NaN)).buffer);
    const bound = selectLargest(bits.slice(), positions, tailCount(thresholds[k]!, positions));
    const factor = scales[k]! * weights[k]!;
    visitGroups(grid, start, (i, p) => {
      if (bits[p]! >= bound) out[i] = out[i]! + factor * (x[i]! - origin[i]! - shift[p]!);
    });
  }
};
