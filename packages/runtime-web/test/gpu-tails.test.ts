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
  type Term,
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
        const { received, expected } = await both(gpu, (ops) => sumOf(ops, data, all, shape, mask, layout));
        if (mask === 'token') fc.pre(isFarFromTies(data, all, shape, layout));
        const largest = Math.max(...data.flatMap((x) => [...x].filter(Number.isFinite).map(Math.abs)));
        // Log-sums of small logits are no more exact than those of logits around 1, which float32 rounds at 10⁻⁷.
        expectClose(received, expected, mask === 'token' ? Math.max(1, largest) : largest);
        if (all.length === 1 && mask !== 'token')
          expect([...received].map((value) => value === 0)).toEqual([...expected].map((value) => value === 0));
      }),
      { numRuns: 60 },
    );
  };

  const sumOf = (
    ops: TensorOps,
    [origin, ...xs]: readonly Float32Array[],
    all: readonly TailSettings[],
    shape: readonly number[],
    mask: Mask,
    layout: Layout,
  ): Tensor => ops.sumTails(tailsOf(ops, xs, all, shape), ops.fromArray(origin!, shape), mask, layout);

  /**
   * The same numbers of a block become the same, others change as rounding may change a norm. Each way turns round about half of
   * the pairs that only rounding tells apart, so a dozen leave hardly any unseen.
   */
  const WOBBLES = Array.from(
    { length: 12 },
    (_, k) => (x: Float32Array, block: number) =>
      x.map((value) => value * (1 + 1e-6 * Math.sin(1e4 * (k + 2) * value + block || 0))),
  );
  /** Of every tail the reference keeps the same positions: no two norms that only rounding tells apart decide. */
  const isFarFromTies = (
    data: readonly Float32Array[],
    all: readonly TailSettings[],
    shape: readonly number[],
    layout: Layout,
  ): boolean =>
    all.every(({ threshold }, k) => {
      const own = { scale: 1, weight: 1, threshold };
      const kept = ([origin, ...xs]: readonly Float32Array[]): boolean[] => {
        const sum = sumOf(cpuOps(), [origin!, xs[k % xs.length]!], [own], shape, 'token', layout) as CpuTensor;
        return [...sum.data].map((value) => value === 0);
      };
      const expected = kept(data);
      return WOBBLES.every((wobble) => kept(data.map(wobble)).every((isZero, i) => isZero === expected[i]));
    });

  it.each(['element', 'joint', 'token', 'none'] as const)('agrees with the reference under the mask %s', (mask) =>
    agree(mask, finite),
  );
  it.each(['element', 'joint', 'token', 'none'] as const)(
    'agrees with the reference under the mask %s where values tie, are infinite or not numbers',
    (mask) => agree(mask, any),
  );

  it.each([2, 40])('adds its tails to %i other terms, to the last bit as their sum does', async (count) => {
    const shape = [2, 4, 8, 8];
    const { received, expected } = await both(gpu, (ops) => {
      const [origin, x, y] = [1, 2, 3].map((seed) => ops.fromArray(wave(shape, seed), shape)) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      const tails = [x, y].map((of, k): Tail => ({ of, scale: 3 - k, threshold: 0.8, weight: [1, 0.5] }));
      const terms = Array.from({ length: count }, (_, k): Term => [0.3 * k - 0.5, k % 2 ? x : origin]);
      const fused = ops.sumTails(tails, origin, 'element', IMAGE_LAYOUT, terms);
      const apart = ops.sum([...terms, [1, ops.sumTails(tails, origin, 'element', IMAGE_LAYOUT)]]);
      return ops.concat([
        ops.sum([
          [1, fused],
          [-1, apart],
        ]),
        fused,
      ]);
    });
    expect(received.subarray(0, received.length / 2).every((value) => value === 0)).toBe(true);
    expectClose(received, expected, 1);
  });

  const LAMBDAS = [0, 0.5, 0.9, 0.95, 0.99, 1];
  /** Exact in every order: quarters, and a number over and over. */
  const rounded = (shape: readonly number[], phase?: number): Float32Array =>
    wave(shape, phase).map((value) => Math.round(4 * value) / 4);
  const constant = (shape: readonly number[]): Float32Array => wave(shape).fill(-2);

  describe.each([
    { mask: 'element', shape: [2, 3, 16, 24] },
    { mask: 'joint', shape: [2, 3, 16, 24] },
    { mask: 'element', shape: [1, 4, 64, 64] },
    { mask: 'joint', shape: [1, 4, 64, 64] },
  ] as const)('under the mask $mask in $shape', ({ mask, shape }) => {
    it.each(LAMBDAS)('keeps the same values at λ = %f, ties included', async (threshold) => {
      const scale = [5, -3].slice(0, shape[0]);
      for (const numbers of [wave(shape), constant(shape), rounded(shape)]) {
        const { received, expected } = await both(gpu, (ops) =>
          ops.sumTails(
            tailsOf(ops, [numbers], [{ scale, threshold, weight: 1 }], shape),
            ops.fromArray(new Float32Array(numbers.length), shape),
            mask,
            IMAGE_LAYOUT,
          ),
        );
        expect(received).toEqual(expected);
      }
    });
  });

  it.each(LAMBDAS)('keeps the same tokens at λ = %f where norms are exact, ties included', async (threshold) => {
    const shape = [2, 4, 16, 24];
    for (const numbers of [constant(shape), rounded(shape)]) {
      const { received, expected } = await both(gpu, (ops) =>
        ops.sumTails(
          tailsOf(ops, [numbers], [{ scale: [5, -3], threshold, weight: 1 }], shape),
          ops.fromArray(rounded(shape, 3), shape),
          'token',
          IMAGE_LAYOUT,
        ),
      );
      expect(received).toEqual(expected);
    }
  });

  it.each(LAMBDAS)('keeps the same tokens at λ = %f where positions have the logits of others', async (threshold) => {
    const [shape, different] = [[2, 24, 8, 8], 5];
    const repeated = (phase: number): Float32Array =>
      wave(shape, phase).map((_, i, all) => all[i - (i % 64) + ((i % 64) % different)]!);
    const { received, expected } = await both(gpu, (ops) =>
      ops.sumTails(
        tailsOf(ops, [repeated(1)], [{ scale: [5, -3], threshold, weight: 1 }], shape),
        ops.fromArray(repeated(3), shape),
        'token',
        LOGITS_LAYOUT,
      ),
    );
    expectClose(received, expected, 1);
    expect([...received].map((value) => value === 0)).toEqual([...expected].map((value) => value === 0));
  });

  it.each(LAMBDAS)('keeps the same tokens at λ = %f', async (threshold) => {
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
