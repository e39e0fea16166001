import type { CpuKernels } from '../cpu/kernels.js';
import { tailCount } from '../cpu/tail-count.js';
import { sumTokenTails } from '../cpu/token-tails.js';
import { KERNEL } from './kernel.wasm.js';

/** What the compiled kernel exports. Addresses and counts are whole numbers, counts in floats. */
interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
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

/** The part of WebAssembly used here: type libraries without a browser do not declare it. */
interface WebAssemblyApi {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => unknown;
  readonly Instance: new (module: unknown) => { readonly exports: unknown };
}

/** Floats before the first slot, which belong to the kernel. */
const RESERVED = 256;
/** The first slot, where results come to lie. */
const SUM = RESERVED;
/** Floats past a slot's end the kernel may touch. */
const SLACK = 16;
/** Floats the kernel samples at most. */
const SAMPLE = 1024;
/** Floats summed at a time: two slots stay in the nearest cache. */
const BLOCK = 2048;
const PAGE = 65_536;

let shared: CpuKernels | undefined;

/**
 * The inner loops of `cpuOps` in WebAssembly SIMD, with the same numbers as the reference kernels bit for bit: every
 * difference, product and sum is one float32 operation, taken in the same order, and the threshold is the same order
 * statistic. Undefined where WebAssembly SIMD is missing.
 *
 * One instance serves all runs. Its memory grows to four times the longest threshold group and stays.
 *
 * @example
 * const ops = cpuOps(simdKernels());
 * ops.dispose();
 * @category Tensors
 */
export function simdKernels(): CpuKernels | undefined {
  if (shared) return shared;
  const { WebAssembly: api } = globalThis as { readonly WebAssembly?: WebAssemblyApi };
  const bytes = Uint8Array.from(atob(KERNEL), (character) => character.charCodeAt(0));
  if (!api?.validate(bytes)) return undefined;
  shared = kernelsOf(new api.Instance(new api.Module(bytes)).exports as Kernel);
  return shared;
}

function kernelsOf(kernel: Kernel): CpuKernels {
  let heap = new Float32Array(kernel.memory.buffer);

  /** Makes room for `count` slots of `length` floats; returns how far apart they begin. Contents do not survive. */
  const stride = (count: number, length: number): number => {
    const size = Math.ceil(length / SLACK) * SLACK + SLACK;
    const missing = RESERVED + count * size - heap.length;
    if (missing > 0) {
      kernel.memory.grow(Math.ceil((missing * 4) / PAGE));
      heap = new Float32Array(kernel.memory.buffer);
    }
    return size;
  };
  const write = (slot: number, x: Float32Array, start: number, end: number): void =>
    heap.set(end - start === x.length ? x : x.subarray(start, end), slot);
  const read = (slot: number, out: Float32Array, start: number, end: number): void =>
    out.set(heap.subarray(slot, slot + end - start), start);

  // Loops by index: iterators cost as much as the arithmetic of a small group.
  return {
    sumTails(out, origin, xs, scales, thresholds, weights, start, length) {
      const end = start + length;
      const size = stride(4, Math.max(length, SAMPLE));
      const [base, x, scratch] = [SUM + size, SUM + 2 * size, SUM + 3 * size];
      heap.fill(0, SUM, SUM + length);
      write(base, origin, start, end);
      for (let k = 0; k < xs.length; k++) {
        write(x, xs[k]!, start, end);
        const rank = length - tailCount(thresholds[k]!, length);
        kernel.addTail(4 * SUM, 4 * base, 4 * x, 4 * scratch, length, scales[k]!, weights[k]!, rank);
      }
      read(SUM, out, start, end);
    },
    sumTokenTails,
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
