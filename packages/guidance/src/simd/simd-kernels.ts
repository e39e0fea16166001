import type { CpuKernels } from '../cpu/kernels.js';
import { tailCount } from '../cpu/tail-count.js';
import { drawCodesOf } from './draw-codes.js';
import { KERNEL } from './kernel.wasm.js';
import { type LogitsModule, logitsModule } from './logits-module.js';
import { type Exports, instantiate, RESERVED, reach } from './module.js';
import { tokenTailsOf } from './sum-token-tails.js';

/** What the compiled kernel exports. Addresses and counts are whole numbers, counts in floats. */
interface Kernel extends Exports {
  /** out ← factor·x. */
  scale(out: number, x: number, count: number, factor: number): void;
  /** out ← out + factor·x. */
  addScaled(out: number, x: number, count: number, factor: number): void;
  /** out ← out + weight·tail(scale·(x − origin)), where the tail begins at the value of the given rank. */
  addTail(
    out: number,
    origin: number,
    x: number,
    scratch: number,
    count: number,
    scale: number,
    weight: number,
    rank: number,
  ): void;
}

/** The first slot, where results come to lie. */
const SUM = RESERVED / 4;
/** Floats past a slot's end the kernel may touch. */
const SLACK = 16;
/** Floats the kernel samples at most. */
const SAMPLE = 1024;
/** Floats of several groups copied at a time. */
const TOGETHER = 16_384;
/** Floats summed at a time: two slots fit into the nearest cache. */
const BLOCK = 4096;

let shared: CpuKernels | undefined;

/**
 * The inner loops of `cpuOps` in WebAssembly SIMD. Undefined where WebAssembly SIMD is missing.
 *
 * `sum`, `sumTails` and `drawCodes` have the numbers of the reference kernels bit for bit. `sumTokenTails` of logits has
 * its exponentials in float32: log-probabilities are within 10⁻⁶ of the reference's, positions the same but where two
 * score within 10⁻⁶ of each other.
 *
 * One instance serves all runs. Its memory grows to four times the longest threshold group and 256 kB, and for logits to half a
 * megabyte and 128 kB for each tensor, and stays.
 *
 * @example
 * const ops = cpuOps(simdKernels());
 * ops.dispose();
 * @category Tensors
 */
export function simdKernels(): CpuKernels | undefined {
  if (shared) return shared;
  const [kernel, logits] = [instantiate<Kernel>(KERNEL), logitsModule()];
  shared = kernel && logits && kernelsOf(kernel, logits);
  return shared;
}

function kernelsOf(kernel: Kernel, logits: LogitsModule): CpuKernels {
  let heap = new Float32Array(kernel.memory.buffer);

  /** Makes room for `count` slots of `length` floats; returns how far apart they begin. Contents do not survive. */
  const stride = (count: number, length: number): number => {
    const size = Math.ceil(length / SLACK) * SLACK + SLACK;
    reach(kernel, RESERVED + 4 * count * size);
    if (heap.length === 0) heap = new Float32Array(kernel.memory.buffer);
    return size;
  };
  const write = (slot: number, x: Float32Array, start: number, end: number): void =>
    heap.set(end - start === x.length ? x : x.subarray(start, end), slot);
  const read = (slot: number, out: Float32Array, start: number, end: number): void =>
    out.set(heap.subarray(slot, slot + end - start), start);

  // Loops by index: iterators cost as much as the arithmetic of a small group.
  return {
    sumTails(out, origin, xs, scales, thresholds, weights, start, length, count) {
      // The kernel works on whole vectors: groups of those can lie side by side.
      const together = length % SLACK ? 1 : Math.min(count, Math.max(1, Math.floor(TOGETHER / length)));
      const size = stride(4, Math.max(together * length, SAMPLE));
      const [base, x, scratch] = [SUM + size, SUM + 2 * size, SUM + 3 * size];
      const end = start + count * length;
      for (let from = start; from < end; from += together * length) {
        const to = Math.min(from + together * length, end);
        heap.fill(0, SUM, SUM + to - from);
        write(base, origin, from, to);
        for (let k = 0; k < xs.length; k++) {
          write(x, xs[k]!, from, to);
          const rank = length - tailCount(thresholds[k]!, length);
          // Backwards: past a group's end the kernel marks where it stops.
          for (let at = to - from - length; at >= 0; at -= length) {
            const [sum, own, others] = [4 * (SUM + at), 4 * (base + at), 4 * (x + at)];
            kernel.addTail(sum, own, others, 4 * scratch, length, scales[k]!, weights[k]!, rank);
          }
        }
        read(SUM, out, from, to);
      }
    },
    sumTokenTails: tokenTailsOf(logits),
    drawCodes: drawCodesOf(logits),
    sum(out, xs, factors, start, length) {
      const x = SUM + stride(2, BLOCK);
      for (let from = start; from < start + length; from += BLOCK) {
        const to = Math.min(from + BLOCK, start + length);
        for (let k = 0; k < xs.length; k++) {
          write(x, xs[k]!, from, to);
          if (k === 0) kernel.scale(4 * SUM, 4 * x, to - from, factors[k]!);
          else kernel.addScaled(4 * SUM, 4 * x, to - from, factors[k]!);
        }
        read(SUM, out, from, to);
      }
    },
  };
}
