import type { Tensor, TensorOps } from '@sega/guidance';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { any, blocks, both, expectClose, finite, type Gpu, openGpu, wave } from './gpu-harness.js';

const RUNS = { numRuns: 25 };

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterEach(() => expect(gpu.errors).toEqual([]));
afterAll(() => gpu.recorder.device.destroy());

describe('GpuOps', () => {
  it('sums terms as the reference does, whatever their factors', async () => {
    const kinds = fc.array(fc.constantFrom('number', 'list', 'tensor'), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        kinds,
        blocks(3, finite),
        fc.array(finite, { minLength: 36, maxLength: 36 }),
        async (...given) => {
          const [terms, { shape, data }, factors] = given;
          const items = shape[0]!;
          const work = (ops: TensorOps): Tensor => {
            const xs = data.map((numbers) => ops.fromArray(numbers, shape));
            return ops.sum(
              terms.map((kind, k) => {
                const own = factors.slice(k * 3, k * 3 + items);
                const x = xs[k % xs.length]!;
                if (kind === 'number') return [own[0]!, x];
                return [kind === 'list' ? own : ops.fromArray(Float32Array.from(own), [items]), x];
              }),
            );
          };
          const { received, expected } = await both(gpu, work);
          const magnitude = Math.max(...factors.map(Math.abs)) * Math.max(...data.flatMap((x) => [...x].map(Math.abs)));
          expectClose(received, expected, magnitude);
        },
      ),
      RUNS,
    );
  });

  it.each([
    ['multiplies', (ops: TensorOps, a: Tensor, b: Tensor): Tensor => ops.multiply(a, b)],
    ['takes magnitudes', (ops: TensorOps, a: Tensor): Tensor => ops.map(a, 'abs')],
    ['takes reciprocals', (ops: TensorOps, a: Tensor): Tensor => ops.map(a, 'reciprocal')],
    ['clamps', (ops: TensorOps, a: Tensor): Tensor => ops.clamp(a, -0.25, 0.5)],
    ['clamps on one side', (ops: TensorOps, a: Tensor): Tensor => ops.clamp(a, Number.NEGATIVE_INFINITY, 0.1)],
    ['clamps between tensors', (ops: TensorOps, a: Tensor, b: Tensor): Tensor => clampedByDeviation(ops, a, b)],
    ['keeps what a test allows', (ops: TensorOps, a: Tensor, b: Tensor): Tensor => ops.keepBelow(a, b, 0.01)],
    ['joins batches', (ops: TensorOps, a: Tensor, b: Tensor): Tensor => ops.concat([a, b, a])],
    ['joins channels', (ops: TensorOps, a: Tensor, b: Tensor): Tensor => ops.concat([a, b], 1)],
    ['takes items', (ops: TensorOps, a: Tensor): Tensor => ops.slice(a, a.shape[0]! - 1, a.shape[0]!)],
    ['takes channels', (ops: TensorOps, a: Tensor): Tensor => ops.channels(a, a.shape[1]! >> 1, a.shape[1]!)],
  ] as const)('%s as the reference does', async (_, apply) => {
    await fc.assert(
      fc.asyncProperty(blocks(2), async ({ shape, data }) => {
        const { received, expected } = await both(gpu, (ops) =>
          apply(ops, ops.fromArray(data[0]!, shape), ops.fromArray(data[1]!, shape)),
        );
        expectClose(received, expected);
      }),
      RUNS,
    );
  });

  it('raises e to powers as the reference does', async () => {
    const powers = fc.oneof(fc.double({ min: -80, max: 88, noNaN: true }), any, fc.constantFrom(-200, 89, 1000));
    await fc.assert(
      fc.asyncProperty(blocks(1, powers, 2), async ({ shape, data }) => {
        const { received, expected } = await both(gpu, (ops) => ops.map(ops.fromArray(data[0]!, shape), 'exp'));
        expectClose(received, expected);
      }),
      RUNS,
    );
  });

  it('takes products of items as the reference does, even where they cancel', async () => {
    await fc.assert(
      fc.asyncProperty(blocks(2, finite), async ({ shape, data: [a, b] }) => {
        const { received, expected } = await both(gpu, (ops) =>
          ops.dot(ops.fromArray(a!, shape), ops.fromArray(b!, shape)),
        );
        expectClose(received, expected, 1e-9);
      }),
      RUNS,
    );
  });

  it('takes deviations as the reference does, even around a large mean', async () => {
    await fc.assert(
      fc.asyncProperty(blocks(1, finite), fc.constantFrom(0, 1, 1000), async ({ shape, data }, mean) => {
        const { received, expected } = await both(gpu, (ops) =>
          ops.deviation(
            ops.fromArray(
              data[0]!.map((value) => value + mean),
              shape,
            ),
          ),
        );
        expectClose(received, expected, 1e-7 * (1 + mean));
      }),
      RUNS,
    );
  });

  it('loses nothing of long sums that cancel', async () => {
    const half = wave([1, 3000]);
    const [a, b] = [
      [...half, ...half, 1e-3],
      [...half, ...half.map((value) => -value), 1],
    ];
    const shape = [1, 6001];
    const product = await both(gpu, (ops) =>
      ops.dot(ops.fromArray(Float32Array.from(a), shape), ops.fromArray(Float32Array.from(b), shape)),
    );
    expectClose(product.received, product.expected);
    const narrow = Float32Array.from(a, (value) => 4096 + Math.round(value * 4) / 1024);
    const spread = await both(gpu, (ops) => ops.deviation(ops.fromArray(narrow, shape)));
    expectClose(spread.received, spread.expected);
  });

  it.each(['dot', 'deviation'] as const)('%s passes on what is not finite', async (name) => {
    const rows = [Number.POSITIVE_INFINITY, Number.NaN, Number.NEGATIVE_INFINITY, 1].map((odd) => [1, odd, 2, 3]);
    const { received, expected } = await both(gpu, (ops) => {
      const x = ops.fromArray(Float32Array.from(rows.flat()), [4, 4]);
      return name === 'dot' ? ops.dot(x, ops.fromArray(new Float32Array(16).fill(1), [4, 4])) : ops.deviation(x);
    });
    expectClose(received, expected);
  });

  it('finds quantiles as the reference does', async () => {
    const share = fc.oneof(fc.constantFrom(0, 0.5, 0.95, 0.995, 1), fc.double({ min: 0, max: 1, noNaN: true }));
    await fc.assert(
      fc.asyncProperty(blocks(1, finite), share, async ({ shape, data }, q) => {
        const { received, expected } = await both(gpu, (ops) => ops.quantile(ops.fromArray(data[0]!, shape), q));
        expectClose(received, expected, Math.max(...data[0]!.map(Math.abs)));
      }),
      RUNS,
    );
  });

  it('finds no spread among equal numbers, and each of their quantiles', async () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const size = fc.integer({ min: 2, max: 3000 });
    await fc.assert(
      fc.asyncProperty(finite, size, share, async (number, length, q) => {
        const equal = new Float32Array(length).fill(number);
        const spread = await both(gpu, (ops) => ops.deviation(ops.fromArray(equal, [1, length])));
        expectClose(spread.received, Float32Array.of(0), 1e-7 * Math.abs(number));
        expectClose(spread.received, spread.expected, 1e-7 * Math.abs(number));
        const quantile = await both(gpu, (ops) => ops.quantile(ops.fromArray(equal, [1, length]), q));
        for (const { 0: found } of [quantile.received, quantile.expected]) expect(found! + 0).toBe(number + 0);
      }),
      RUNS,
    );
  });

  it('sums what is not finite as the reference does, zero times it included', async () => {
    const { NaN: nan, POSITIVE_INFINITY: most, NEGATIVE_INFINITY: least } = Number;
    const numbers = Float32Array.of(nan, most, least, 1, nan, most, least, 0);
    const others = Float32Array.of(1, least, least, nan, most, 1, nan, least);
    for (const factors of [
      [0, 1],
      [1, 0],
      [-2, 3],
      [nan, 1],
      [1, most],
      [least, 0],
    ] as const) {
      for (const ofItems of [false, true]) {
        const { received, expected } = await both(gpu, (ops) =>
          ops.sum(
            [numbers, others].map((x, k) => [
              ofItems ? ops.fromArray(new Float32Array(2).fill(factors[k]!), [2]) : factors[k]!,
              ops.fromArray(x, [2, 4]),
            ]),
          ),
        );
        expect(received).toEqual(expected);
      }
    }
  });

  it('finds quantiles among what is not finite as the reference does', async () => {
    const share = fc.constantFrom(0, 0.25, 0.5, 0.9, 1);
    await fc.assert(
      fc.asyncProperty(blocks(1, any), share, async ({ shape, data: [x] }, q) => {
        const { received, expected } = await both(gpu, (ops) => ops.quantile(ops.fromArray(x!, shape), q));
        expectClose(received, expected, largestOf(x!));
      }),
      RUNS,
    );
  });

  it('resizes planes with what is not finite as the reference does', async () => {
    const extent = fc.integer({ min: 1, max: 20 });
    await fc.assert(
      fc.asyncProperty(blocks(1, any), extent, extent, async ({ shape, data: [x] }, height, width) => {
        const { received, expected } = await both(gpu, (ops) => ops.resize(ops.fromArray(x!, shape), height, width));
        expectClose(received, expected, largestOf(x!));
      }),
      RUNS,
    );
  });

  it('resizes planes as the reference does', async () => {
    const extent = fc.integer({ min: 1, max: 20 });
    await fc.assert(
      fc.asyncProperty(blocks(1, finite), extent, extent, async ({ shape, data }, height, width) => {
        const { received, expected } = await both(gpu, (ops) =>
          ops.resize(ops.fromArray(data[0]!, shape), height, width),
        );
        expectClose(received, expected, Math.max(...data[0]!.map(Math.abs)));
      }),
      RUNS,
    );
  });
});

/** The largest finite magnitude. */
function largestOf(x: Float32Array): number {
  return x.reduce((largest, value) => (Number.isFinite(value) ? Math.max(largest, Math.abs(value)) : largest), 0);
}

/** Bounds of every item, made on the device: its own deviation. */
function clampedByDeviation(ops: TensorOps, a: Tensor, b: Tensor): Tensor {
  const high = ops.deviation(b);
  return ops.clamp(a, ops.sum([[-1, high]]), high);
}
