import { type CpuTensor, cpuOps, type Tensor, type TensorOps } from '@sega/guidance';
import fc from 'fast-check';
import { expect } from 'vitest';
import { GpuOps } from '../src/gpu/gpu-ops.js';
import type { GpuTensor } from '../src/gpu/gpu-tensor.js';
import { Recorder } from '../src/gpu/recorder.js';

/** A device with a recorder; `memory` counts the bytes of all its tensors. */
export interface Gpu {
  readonly recorder: Recorder;
  readonly memory: { liveBytes: number };
  readonly errors: string[];
}

export async function openGpu(): Promise<Gpu> {
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter!.requestDevice();
  const errors: string[] = [];
  device.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
  return { recorder: new Recorder(device), memory: { liveBytes: 0 }, errors };
}

/** Runs the same work on the reference and on the device; the numbers of both. */
export async function both(
  { recorder, memory }: Gpu,
  work: (ops: TensorOps) => Tensor,
): Promise<{ expected: Float32Array; received: Float32Array; shape: readonly number[] }> {
  const reference = cpuOps();
  const device = new GpuOps(recorder, memory);
  try {
    const tensor = work(reference) as CpuTensor;
    const other = work(device) as GpuTensor;
    expect(other.shape).toEqual(tensor.shape);
    const received = await recorder.read(other.buffer, other.size);
    return { expected: tensor.data.slice(), received, shape: tensor.shape };
  } finally {
    device.dispose();
    reference.dispose();
  }
}

/** Both within 1e-5, relative to the number expected or to `scale` where sums cancel; NaN and infinities the same. */
export function expectClose(received: Float32Array, expected: Float32Array, scale = 0): void {
  expect(received.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) {
    const other = received[i]!;
    if (Object.is(value, other) || value === other) continue;
    const error = Math.abs(value - other) / Math.max(Math.abs(value), scale, 1e-30);
    if (!(error <= 1e-5)) expect.fail(`number ${i} is ${other}, expected ${value}: off by ${error}`);
  }
}

/** A finite number a network may give, with full mantissa. */
export const finite: fc.Arbitrary<number> = fc
  .tuple(fc.integer({ min: -0x7fffff, max: 0x7fffff }), fc.integer({ min: -30, max: 4 }))
  .map(([mantissa, exponent]) => Math.fround((mantissa / 0x800000) * 2 ** exponent));

/** Mostly finite numbers, with ties, NaN and infinities among them. */
export const any: fc.Arbitrary<number> = fc.oneof(
  { weight: 12, arbitrary: finite },
  { weight: 2, arbitrary: fc.constantFrom(0, 1, -1, 0.5) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY) },
);

/** A shape of `axes` axes with few numbers. */
export function shapes(axes: number, most = 7): fc.Arbitrary<readonly number[]> {
  return fc.tuple(...Array.from({ length: axes }, (_, axis) => fc.integer({ min: 1, max: axis === 0 ? 3 : most })));
}

/** `count` blocks of numbers of one shape. */
export function blocks(
  count: number,
  numbers: fc.Arbitrary<number> = any,
  axes = 4,
): fc.Arbitrary<{ shape: readonly number[]; data: readonly Float32Array[] }> {
  return shapes(axes).chain((shape) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const block = fc.array(numbers, { minLength: size, maxLength: size }).map((values) => Float32Array.from(values));
    return fc.tuple(...Array.from({ length: count }, () => block)).map((data) => ({ shape, data }));
  });
}

/** Large numbers of one shape that no test generator has to shrink. */
export function wave(shape: readonly number[], phase = 1): Float32Array {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return Float32Array.from({ length: size }, (_, i) => Math.fround(Math.cos(i * i * 0.37 + phase) * (1 + i * 1e-4)));
}
