import {
  type CpuTensor,
  cpuOps,
  IMAGE_LAYOUT,
  type Layout,
  LOGITS_LAYOUT,
  type Mask,
  type Tail,
  type Tensor,
  type TensorOps,
} from '@sega/guidance';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { any, blocks, both, expectClose, finite, type Gpu, openGpu, wave } from './gpu-harness.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterEach(() => expect(gpu.errors).toEqual([]));
afterAll(() => gpu.recorder.device.destroy());

describe('GpuOps.sumTails', () => {
  interface TailSettings {
    readonly scale: number | readonly number[];
    readonly threshold: number | readonly number[];
    readonly weight: number | readonly number[];
  }
  const coefficient = (numbers: fc.Arbitrary<number>): fc.Arbitrary<number | readonly number[]> =>
    fc.oneof(numbers, fc.array(numbers, { minLength: 3, maxLength: 3 }));
  const settings: fc.Arbitrary<TailSettings> = fc.record({
    scale: coefficient(fc.constantFrom(0, 3, -5, 7.25)),
    threshold: coefficient(fc.constantFrom(0, 0.5, 0.9, 0.95, 0.99, 1)),
    weight: coefficient(fc.constantFrom(0, 0.5, 1, 2)),
  });
  const layouts: fc.Arbitrary<readonly [Layout, number]> = fc.constantFrom(
    [IMAGE_LAYOUT, 4] as const,
    [LOGITS_LAYOUT, 4] as const,
    [['batch', 'position', 'channel'], 3] as const,
    [['batch', 'position'], 2] as const,
  );

  const tailsOf = (
    ops: TensorOps,
    xs: readonly Float32Array[],
    all: readonly TailSettings[],
    shape: readonly number[],
  ) => all.map((own, k): Tail => ({ ...own, of: ops.fromArray(xs[k % xs.length]!, shape) }));

  const agree = async (mask: Mask, numbers: fc.Arbitrary<number>): Promise<void> => {
    const many = fc.array(settings, { minLength: 1, maxLength: 9 });
    const given = layouts.chain(([layout, axes]) => fc.tuple(fc.constant(layout), blocks(4, numbers, axes), many));
    await fc.assert(
      fc.asyncProperty(given, async ([layout, { shape, data }, all]) => {
        const sum = (ops: TensorOps, [origin, ...xs]: readonly Float32Array[]): Tensor =>
          ops.sumTails(tailsOf(ops, xs, all, shape), ops.fromArray(origin!, shape), mask, layout);
        const { received, expected } = await both(gpu, (ops) => sum(ops, data));
        if (mask === 'token') fc.pre(WOBBLES.every((wobble) => isKeptAlike(sum, data.map(wobble), expected)));
        const largest = Math.max(...data.flatMap((x) => [...x].filter(Number.isFinite).map(Math.abs)));
        expectClose(received, expected, 20 * largest);
        if (all.length === 1 && mask !== 'token')
          expect([...received].map((value) => value === 0)).toEqual([...expected].map((value) => value === 0));
      }),
      { numRuns: 60 },
    );
  };

  /** The same numbers become the same, others change by less than rounding does in a norm. */
  const WOBBLES = [2, 3, 5].map(
    (k) => (x: Float32Array) => x.map((value) => value * (1 + 1e-6 * Math.sin(1e4 * k * value || 0))),
  );
  /** The reference keeps the same: two norms that only rounding tells apart do not decide what is kept. */
  const isKeptAlike = (
    sum: (ops: TensorOps, data: readonly Float32Array[]) => Tensor,
    data: readonly Float32Array[],
    expected: Float32Array,
  ): boolean => {
    const again = (sum(cpuOps(), data) as CpuTensor).data;
    return expected.every((value, i) => (value === 0) === (again[i] === 0));
  };

  it.each(['element', 'joint', 'token', 'none'] as const)('agrees with the reference under the mask %s', (mask) =>
    agree(mask, finite),
  );
  it.each(['element', 'joint', 'token', 'none'] as const)(
    'agrees with the reference under the mask %s where values tie, are infinite or not numbers',
    (mask) => agree(mask, any),
  );

  it.each([0, 0.5, 0.9, 0.95, 0.99, 1])('keeps the same of many values at λ = %f', async (threshold) => {
    const shape = [2, 3, 16, 24];
    for (const numbers of [
      wave(shape),
      new Float32Array(2304).fill(-2),
      wave(shape).map((value) => Math.round(4 * value) / 4),
    ]) {
      const tail = { scale: [5, -3], threshold, weight: 1 };
      const { received, expected } = await both(gpu, (ops) =>
        ops.sumTails(
          tailsOf(ops, [numbers], [tail], shape),
          ops.fromArray(new Float32Array(2304), shape),
          'element',
          IMAGE_LAYOUT,
        ),
      );
      expect(received).toEqual(expected);
    }
  });

  it.each([0, 0.5, 0.9, 0.95, 0.99, 1])('keeps the same tokens at λ = %f', async (threshold) => {
    const shape = [2, 24, 8, 8];
    for (const layout of [IMAGE_LAYOUT, LOGITS_LAYOUT]) {
      const { received, expected } = await both(gpu, (ops) => {
        const xs = [wave(shape), wave(shape, 2).map((value) => 5 * value)];
        const tails = xs.map((x): Tail => ({ of: ops.fromArray(x, shape), scale: [5, -3], threshold, weight: 0.5 }));
        return ops.sumTails(tails, ops.fromArray(wave(shape, 3), shape), 'token', layout);
      });
      expectClose(received, expected, 1);
      expect([...received].map((value) => value === 0)).toEqual([...expected].map((value) => value === 0));
    }
  });

  it('makes zeros of no tails', async () => {
    const { received } = await both(gpu, (ops) =>
      ops.sumTails([], ops.fromArray(Float32Array.of(Number.NaN, 1), [1, 2]), 'joint', ['batch', 'position']),
    );
    expect([...received]).toEqual([0, 0]);
  });
});
