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

  /** The address of each of `count` slots of `length` floats. Contents do not survive the next call. */
  const slots = (count: number, length: number): readonly number[] => {
    const size = Math.ceil(length / SLACK) * SLACK + SLACK;
    const missing = RESERVED + count * size - heap.length;
    if (missing > 0) {
      kernel.memory.grow(Math.ceil((missing * 4) / PAGE));
      heap = new Float32Array(kernel.memory.buffer);
    }
    return Array.from({ length: count }, (_, slot) => 4 * (RESERVED + slot * size));
  };
  const write = (slot: number, x: Float32Array, start: number, end: number): void =>
    heap.set(x.subarray(start, end), slot / 4);
  const read = (slot: number, out: Float32Array, start: number, end: number): void =>
    out.set(heap.subarray(slot / 4, slot / 4 + end - start), start);

  return {
    sumTails(out, origin, xs, scales, thresholds, weights, start, length) {
      const end = start + length;
      const [sum, base, x, scratch] = slots(4, Math.max(length, SAMPLE)) as [number, number, number, number];
      heap.fill(0, sum / 4, sum / 4 + length);
      write(base, origin, start, end);
      for (const [k, concept] of xs.entries()) {
        write(x, concept, start, end);
        const rank = length - tailCount(thresholds[k]!, length);
        kernel.addTail(sum, base, x, scratch, length, scales[k]!, weights[k]!, rank);
      }
      read(sum, out, start, end);
    },
    sumTokenTails,
    sum(out, xs, factors, start, length) {
      const [sum, x] = slots(2, BLOCK) as [number, number];
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
