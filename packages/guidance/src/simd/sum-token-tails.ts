import type { CpuKernels } from '../cpu/kernels.js';
import { selectLargest } from '../cpu/select.js';
import { tailCount } from '../cpu/tail-count.js';
import { sumTokenTails as referenceTokenTails } from '../cpu/token-tails.js';
import { LogitTiles, ROWS, type Sums } from './logit-tiles.js';
import type { LogitsModule } from './logits-module.js';

/**
 * `sumTokenTails` of logits whose codes lie outermost, in two passes: scores and log-sums while reading every logit once,
 * then the kept positions alone. Other layouts are left to the reference.
 *
 * With d = x − u, its first and second moments S₁, S₂ about a centre and the shift Δ of its log-sums from that centre, a
 * position scores ‖d − Δ‖² = S₂ − 2·Δ·S₁ + K·Δ². The centre is the first code's d: what all codes of a position share
 * cancels before anything is squared.
 *
 * @internal
 */
export function tokenTailsOf(module: LogitsModule): CpuKernels['sumTokenTails'] {
  return (out, origin, xs, scales, thresholds, weights, start, grid, isLogits) => {
    if (!isLogits || grid.blocks > 1) {
      referenceTokenTails(out, origin, xs, scales, thresholds, weights, start, grid, isLogits);
      return;
    }
    const { count: codes, length: positions } = grid;
    out.fill(0, start, start + codes * positions);
    const tails = measure(module, origin, xs, start, codes, positions).map((measured, k) => ({
      x: xs[k]!,
      factor: scales[k]! * weights[k]!,
      ...keep(measured, tailCount(thresholds[k]!, positions)),
    }));
    for (let row = start; row < start + codes * positions; row += positions) {
      for (const { x, factor, kept, shifts } of tails) addRow(out, origin, x, factor, row, kept, shifts);
    }
  };
}

/** At each position: what makes the differences those of log-probabilities, and how far they reach. */
interface Measure {
  readonly shifts: Float64Array;
  readonly scores: Float32Array;
}

function measure(
  module: LogitsModule,
  origin: Float32Array,
  xs: readonly Float32Array[],
  start: number,
  codes: number,
  positions: number,
): readonly Measure[] {
  const tiles = new LogitTiles(module, positions, xs.length + 1);
  const measures = xs.map(() => ({ shifts: new Float64Array(positions), scores: new Float32Array(positions) }));
  for (let first = 0; first < positions; first += tiles.width) {
    const count = Math.min(tiles.width, positions - first);
    tiles.clear();
    for (let code = 0; code < codes; code += ROWS) {
      const at = start + code * positions + first;
      const place = { at, rows: Math.min(ROWS, codes - code), count, positions };
      tiles.addExponentials(0, origin, place);
      for (const [k, x] of xs.entries()) tiles.addMoments(k + 1, x, place, code === 0);
    }
    const [base, ...sums] = tiles.sums as [Sums, ...Sums[]];
    for (const [k, { shifts, scores }] of measures.entries()) {
      for (let p = 0; p < count; p++) {
        const shift = logSum(sums[k]!, p) - logSum(base, p);
        shifts[first + p] = shift;
        scores[first + p] = score(sums[k]!, p, shift, codes);
      }
    }
  }
  return measures;
}

/** A position's log Σ exp; NaN where every logit is −∞, as nothing raised its sum to 1. */
function logSum({ pivots, exponentials }: Sums, p: number): number {
  const sum = exponentials[p]!;
  return sum < 0.5 ? Number.NaN : pivots[p]! + Math.log(sum);
}

function score({ centres, firsts, seconds }: Sums, p: number, shift: number, codes: number): number {
  const [first, second] = [firsts[p]!, seconds[p]!];
  const offset = shift - centres[p]!;
  if (second === Number.POSITIVE_INFINITY && !Number.isNaN(offset)) return second;
  const value = second - 2 * offset * first + codes * offset * offset;
  // Not a number has many bit patterns; this one sorts last.
  return Number.isNaN(value) ? Number.NaN : Math.max(0, value);
}

/** The positions that score highest and their shifts. */
function keep({ shifts, scores }: Measure, wanted: number): { kept: Int32Array; shifts: Float64Array } {
  const bits = new Int32Array(scores.buffer);
  const bound = selectLargest(bits.slice(), bits.length, wanted);
  const kept = Int32Array.from(bits.keys()).filter((p) => bits[p]! >= bound);
  return { kept, shifts: Float64Array.from(kept, (p) => shifts[p]!) };
}

function addRow(
  out: Float32Array,
  origin: Float32Array,
  x: Float32Array,
  factor: number,
  row: number,
  kept: Int32Array,
  shifts: Float64Array,
): void {
  for (let j = 0; j < kept.length; j++) {
    const i = row + kept[j]!;
    out[i] = out[i]! + factor * (x[i]! - origin[i]! - shifts[j]!);
  }
}
