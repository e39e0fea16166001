import {
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
import { GpuOps } from '../src/gpu/gpu-ops.js';
import { any, blocks, both, expectClose, finite, type Gpu, openGpu } from './gpu-harness.js';

const RUNS = { numRuns: 25 };

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterEach(() => expect(gpu.errors).toEqual([]));
afterAll(() => gpu.recorder.device.destroy());

/** Large numbers of one shape that no test generator has to shrink. */
function wave(shape: readonly number[], phase = 1): Float32Array {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return Float32Array.from({ length: size }, (_, i) => Math.fround(Math.cos(i * i * 0.37 + phase) * (1 + i * 1e-4)));
}

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
        const [origin, ...xs] = data as [Float32Array, ...Float32Array[]];
        const { received, expected } = await both(gpu, (ops) =>
          ops.sumTails(tailsOf(ops, xs, all, shape), ops.fromArray(origin, shape), mask, layout),
        );
        const largest = Math.max(...data.flatMap((x) => [...x].filter(Number.isFinite).map(Math.abs)));
        expectClose(received, expected, 20 * largest);
        if (all.length === 1 && mask !== 'token')
          expect([...received].map((value) => value === 0)).toEqual([...expected].map((value) => value === 0));
      }),
      { numRuns: 60 },
    );
  };

  it.each(['element', 'joint', 'token', 'none'] as const)('agrees with the reference under the mask %s', (mask) =>
    agree(mask, finite),
  );
  it.each(['element', 'joint', 'none'] as const)(
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

describe('GpuOps over codes', () => {
  it('takes the most probable code, the first of equals', async () => {
    await fc.assert(
      fc.asyncProperty(blocks(1, any), async ({ shape, data }) => {
        const { received, expected } = await both(gpu, (ops) => ops.argmax(ops.fromArray(data[0]!, shape)));
        expect(received).toEqual(expected);
      }),
      RUNS,
    );
  });

  it.each([0.1, 1, 3])('draws the code the reference draws at temperature %f', async (temperature) => {
    const shape = [2, 300, 6, 7];
    const uniform = wave([2, 6, 7], 5).map((value) => Math.abs(value) % 1);
    uniform[0] = 0;
    uniform[1] = Math.fround(1 - 2 ** -24);
    const { received, expected } = await both(gpu, (ops) =>
      ops.categorical(ops.fromArray(wave(shape), shape), temperature, ops.fromArray(uniform, [2, 6, 7])),
    );
    expect(received).toEqual(expected);
    expect(new Set(expected).size).toBeGreaterThan(20);
  });
});

describe('GpuOps lifetime', () => {
  it('uses the memory of freed tensors again', async () => {
    const ops = new GpuOps(gpu.recorder, gpu.memory);
    const before = gpu.memory.liveBytes;
    const step = (): void => {
      const x = ops.fromArray(wave([2, 8]), [2, 8]);
      ops.sum([[1, ops.multiply(x, x)]]);
      ops.endStep();
    };
    step();
    const after = gpu.memory.liveBytes;
    for (let i = 0; i < 5; i++) step();
    expect(gpu.memory.liveBytes).toBe(after);
    ops.dispose();
    expect(gpu.memory.liveBytes).toBe(before);
  });

  it('keeps a kept tensor until it is released', async () => {
    const ops = new GpuOps(gpu.recorder, gpu.memory);
    const kept = ops.keep(ops.fromArray(Float32Array.of(1, 2), [1, 2]));
    const other = ops.fromArray(Float32Array.of(3, 4), [1, 2]);
    ops.endStep();
    ops.fromArray(Float32Array.of(5, 6), [1, 2]);
    const { buffer } = ops.sum([[1, kept]]);
    expect([...(await gpu.recorder.read(buffer, 2))]).toEqual([1, 2]);
    expect(() => ops.sum([[1, other]])).toThrow(/ops\.keep/);
    ops.release(kept);
    ops.endStep();
    expect(() => ops.sum([[1, kept]])).toThrow(/after the step/);
    ops.dispose();
  });

  it('does more at once than one submission can hold', async () => {
    const ops = new GpuOps(gpu.recorder, gpu.memory);
    let x: Tensor = ops.fromArray(Float32Array.of(0, 1), [1, 2]);
    const one = ops.fromArray(Float32Array.of(1, 1), [1, 2]);
    for (let i = 0; i < 600; i++)
      x = ops.sum([
        [1, x],
        [1, one],
      ]);
    expect([...(await gpu.recorder.read((x as never as { buffer: GPUBuffer }).buffer, 2))]).toEqual([600, 601]);
    ops.dispose();
  });

  it('refuses tensors of different shapes', () => {
    const ops = new GpuOps(gpu.recorder, gpu.memory);
    const a = ops.fromArray(Float32Array.of(1, 2), [1, 2]);
    const b = ops.fromArray(Float32Array.of(1, 2), [2, 1]);
    expect(() => ops.multiply(a, b)).toThrow(expect.objectContaining({ code: 'PREDICTION_SHAPE' }));
    expect(() => ops.fromArray(Float32Array.of(1), [2])).toThrow(expect.objectContaining({ code: 'PREDICTION_SHAPE' }));
    ops.dispose();
  });
});

/** Bounds of every item, made on the device: its own deviation. */
function clampedByDeviation(ops: TensorOps, a: Tensor, b: Tensor): Tensor {
  const high = ops.deviation(b);
  return ops.clamp(a, ops.sum([[-1, high]]), high);
}
