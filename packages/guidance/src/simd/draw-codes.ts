import { drawCodes as referenceDraw } from '../cpu/codes.js';
import type { CpuKernels } from '../cpu/kernels.js';
import { LogitTiles, ROWS } from './logit-tiles.js';
import type { LogitsModule } from './logits-module.js';

/** Tiles whose codes are looked through one by one once it is known that the drawn one is among them. */
const TILES = 4;
/** How close to the end of a code's interval, as a share of all, the kernel's exponentials leave the draw to the reference. */
const DOUBT = 2e-6;

/**
 * `drawCodes` reading the logits once: sums of exponentials up to every few tiles, then only the codes between the two
 * sums that enclose `uniform`. The codes are the reference's: where rounding could decide, it is asked.
 *
 * @internal
 */
export function drawCodesOf(module: LogitsModule): CpuKernels['drawCodes'] {
  return (out, logits, codes, positions, temperature, uniform) => {
    if (!uniform) {
      for (let start = 0; start < out.length; start += positions) argmax(out, logits, start, codes, positions);
      return;
    }
    const tiles = new LogitTiles(module, positions, 1);
    const { exponentials, pivots } = tiles.sums[0]!;
    for (let start = 0; start < out.length; start += positions) {
      for (let first = 0; first < positions; first += tiles.width) {
        const count = Math.min(tiles.width, positions - first);
        const groups: Group[] = [];
        tiles.clear();
        for (let code = 0; code < codes; code += ROWS) {
          const at = start * codes + code * positions + first;
          const rows = Math.min(ROWS, codes - code);
          tiles.addExponentials(0, logits, { at, rows, count, positions }, 1 / temperature);
          const end = code + rows;
          if (end === codes || end % (TILES * ROWS) === 0) {
            groups.push({ end, sums: exponentials.slice(0, count), pivots: pivots.slice(0, count) });
          }
        }
        for (let p = 0; p < count; p++) {
          const i = start + first + p;
          const at = start * codes + first + p;
          out[i] =
            draw(groups, p, logits, at, positions, temperature, uniform[i]!) ??
            exactDraw(logits, at, codes, positions, temperature, uniform.subarray(i, i + 1));
        }
      }
    }
  };
}

/** One loop over plain arrays is bound by memory, where the reference's closures may not be. */
function argmax(out: Float32Array, logits: Float32Array, start: number, codes: number, positions: number): void {
  const best = logits.slice(start * codes, start * codes + positions);
  out.set(
    best.map((value) => value - value),
    start,
  );
  for (let code = 1; code < codes; code++) {
    const row = start * codes + code * positions;
    for (let p = 0; p < positions; p++) {
      const value = logits[row + p]!;
      // Not a number stays the best.
      if (value <= best[p]! || Number.isNaN(best[p]!)) continue;
      best[p] = value;
      out[start + p] = code + 0 * value;
    }
  }
}

/** Sums of exponentials over the codes before `end`, relative to the pivots of the time. */
interface Group {
  readonly end: number;
  readonly sums: Float64Array;
  readonly pivots: Float32Array;
}

/** The code drawn at a position whose logits begin at index `at`, or undefined where that is in doubt. */
function draw(
  groups: readonly Group[],
  p: number,
  logits: Float32Array,
  at: number,
  positions: number,
  temperature: number,
  uniform: number,
): number | undefined {
  const { pivots, sums } = groups.at(-1)!;
  const pivot = pivots[p]!;
  const sumOf = (group: number): number =>
    group < 0 ? 0 : groups[group]!.sums[p]! * Math.exp((groups[group]!.pivots[p]! - pivot) / temperature);
  const wanted = uniform * sums[p]!;
  let group = 0;
  for (let high = groups.length - 1; group < high; ) {
    const middle = (group + high) >> 1;
    if (sumOf(middle) > wanted) high = middle;
    else group = middle + 1;
  }
  const doubt = DOUBT * sums[p]!;
  let left = wanted - sumOf(group - 1);
  for (let code = group && groups[group - 1]!.end; code < groups[group]!.end; code++) {
    const before = left;
    left -= Math.exp((logits[at + code * positions]! - pivot) / temperature);
    if (left < 0) return before > doubt && left < -doubt ? code : undefined;
  }
  return undefined;
}

function exactDraw(
  logits: Float32Array,
  at: number,
  codes: number,
  positions: number,
  temperature: number,
  uniform: Float32Array,
): number {
  const column = Float32Array.from({ length: codes }, (_, code) => logits[at + code * positions]!);
  const out = new Float32Array(1);
  referenceDraw(out, column, codes, 1, temperature, uniform);
  return out[0]!;
}
