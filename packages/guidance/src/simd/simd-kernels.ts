import type { CpuKernels } from '../cpu/kernels.js';
import { tailCount } from '../cpu/tail-count.js';
import { drawCodesOf } from './draw-codes.js';
import { KERNEL } from './kernel.wasm.js';
import { type LogitsModule, logitsModule } from './logits-module.js';
import { type Exports, instantiate, slots } from './module.js';
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

/** Floats past a slot's end the kernel may touch. */
const SLACK = 16;
/** Floats the kernel samples at most. */
const SAMPLE = 1024;
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
 * One instance serves all runs. Its memory grows to four times the longest threshold group, and for logits to half a
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

  /** The address of each of `count` slots of `length` floats. */
  const floats = (count: number, length: number): readonly number[] => {
    const size = Math.ceil(length / SLACK) * SLACK + SLACK;
    const addresses = slots(kernel, Array<number>(count).fill(4 * size));
    if (heap.length === 0) heap = new Float32Array(kernel.memory.buffer);
    return addresses;
  };
  const write = (slot: number, x: Float32Array, start: number, end: number): void =>
    heap.set(x.subarray(start, end), slot / 4);
  const read = (slot: number, out: Float32Array, start: number, end: number): void =>
    out.set(heap.subarray(slot / 4, slot / 4 + end - start), start);

  return {
    sumTails(out, origin, xs, scales, thresholds, weights, start, length) {
      const end = start + length;
      const [sum, base, x, scratch] = floats(4, Math.max(length, SAMPLE)) as [number, number, number, number];
      heap.fill(0, sum / 4, sum / 4 + length);
      write(base, origin, start, end);
      for (const [k, concept] of xs.entries()) {
        write(x, concept, start, end);
        const rank = length - tailCount(thresholds[k]!, length);
        kernel.addTail(sum, base, x, scratch, length, scales[k]!, weights[k]!, rank);
      }
      read(sum, out, start, end);
    },
    sumTokenTails: tokenTailsOf(logits),
    drawCodes: drawCodesOf(logits),
    sum(out, xs, factors, start, length) {
      const [sum, x] = floats(2, BLOCK) as [number, number];
      for (let from = start; from < start + length; from += BLOCK) {
        const to = Math.min(from + BLOCK, start + length);
        for (const [k, term] of xs.entries()) {
          write(x, term, from, to);
          if (k === 0) kernel.scale(sum, x, to - from, factors[k]!);
          else kernel.addScaled(sum, x, to - from, factors[k]!);
        }
        read(sum, out, from, to);
      }
    },
  };
}
