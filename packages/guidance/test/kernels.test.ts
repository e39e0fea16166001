import {
  type CpuKernels,
  type CpuTensor,
  cpuOps,
  IMAGE_LAYOUT,
  type Layout,
  type Mask,
  referenceKernels,
  type Tensor,
  type Term,
} from '@sega/guidance';
import { simdKernels } from '@sega/guidance/simd';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { selectLargest } from '../src/cpu/select.js';
import { tailCount } from '../src/cpu/tail-count.js';

const { fround } = Math;
const values = (minLength: number, maxLength: number): fc.Arbitrary<Float32Array> =>
  fc.float32Array({ minLength, maxLength, noNaN: true, noDefaultInfinity: true, min: -1e4, max: 1e4 });

/** The definition, by sorting. */
function tailBySorting(x: Float32Array, origin: Float32Array, scale: number, threshold: number): Float32Array {
  const scaled = x.map((value, i) => fround(fround(scale) * fround(value - origin[i]!)));
  const sorted = scaled.map(Math.abs).sort();
  const bound = sorted[x.length - tailCount(threshold, x.length)]!;
  return scaled.map((value) => (Math.abs(value) >= bound ? value : 0));
}

function sumTails(kernels: CpuKernels, x: Float32Array, scale: number, threshold: number): Float32Array {
  const out = new Float32Array(x.length).fill(9);
  kernels.sumTails(out, new Float32Array(x.length), [x], [scale], [threshold], [1], 0, x.length, 1);
  return out;
}

describe('referenceKernels', () => {
  it('sumTails keeps exactly what sorting keeps', () => {
    fc.assert(
      fc.property(values(1, 3000), fc.double({ min: 0, max: 1, noNaN: true }), (x, threshold) => {
        expect(sumTails(referenceKernels, x, -3, threshold).map((value) => value + 0)).toEqual(
          tailBySorting(x, new Float32Array(x.length), -3, threshold).map((value) => value + 0),
        );
      }),
      { numRuns: 60 },
    );
  });

  it.each([0, 0.5, 0.8, 0.9, 0.95, 0.975, 0.99, 1])(
    'sumTails keeps N − ⌈λ(N − 1)⌉ of 4096 values at λ = %f',
    (threshold) => {
      const x = Float32Array.from({ length: 4096 }, (_, i) => Math.cos(i * i * 0.37) * (1 + i * 1e-5));
      const kept = sumTails(referenceKernels, x, 1, threshold).filter((value) => value !== 0).length;
      const expected = { 0: 4096, 0.5: 2048, 0.8: 820, 0.9: 410, 0.95: 205, 0.975: 103, 0.99: 41, 1: 1 }[threshold];
      expect(kept).toBe(expected);
    },
  );

  it('sumTails keeps all values that tie with the threshold', () => {
    expect(sumTails(referenceKernels, new Float32Array(5000).fill(-2), 1, 0.99)).toEqual(
      new Float32Array(5000).fill(-2),
    );
  });

  it('sumTails finds the tail where sampling misjudges it', () => {
    const x = new Float32Array(4096).map((_, i) => (i % 16 === 0 ? 100 + i : i / 5000));
    expect(sumTails(referenceKernels, x, 1, 0.9)).toEqual(tailBySorting(x, new Float32Array(4096), 1, 0.9));
  });

  it('sumTails ends on values that are not finite', () => {
    const x = Float32Array.from({ length: 4096 }, (_, i) => (i % 3 === 0 ? Number.NaN : i));
    expect(sumTails(referenceKernels, x, 1, 0.9).some(Number.isNaN)).toBe(true);
    expect(sumTails(referenceKernels, new Float32Array(4096).fill(Number.NaN), 1, 0.9).every(Number.isNaN)).toBe(true);
    expect(sumTails(referenceKernels, Float32Array.of(Number.POSITIVE_INFINITY, 1, 2), 1, 1)[0]).toBe(
      Number.POSITIVE_INFINITY,
    );
  });

  it('sumTails adds weighted tails in the order given', () => {
    const xs = [Float32Array.of(1, -4, 2, 3), Float32Array.of(5, 1, 1, 1)];
    const out = new Float32Array(4);
    referenceKernels.sumTails(out, new Float32Array(4), xs, [2, -1], [1, 0.75], [0.5, 2], 0, 4, 1);
    expect(out).toEqual(Float32Array.of(-10, -4, 0, 0));
  });

  it('sum touches only its range', () => {
    const out = new Float32Array(4).fill(7);
    referenceKernels.sum(out, [Float32Array.of(1, 2, 3, 4), Float32Array.of(10, 20, 30, 40)], [2, -1], 1, 2);
    expect(out).toEqual(Float32Array.of(7, -16, -24, 7));
  });

  it('selectLargest finds every order statistic of any integers', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { minLength: 1, maxLength: 60 }),
        (list) => {
          const sorted = [...list].sort((a, b) => b - a);
          const found = list.map((_, i) => selectLargest(Int32Array.from(list), list.length, i + 1));
          expect(found).toEqual(sorted);
        },
      ),
    );
  });
});

describe('cpuOps', () => {
  const tail = { scale: 1, threshold: 1, weight: 1 };

  it('sumTails has one threshold per picture and channel, or per picture', () => {
    const ops = cpuOps();
    const x = ops.fromArray(Float32Array.of(1, 2, 30, 40, 5, 6, 8, 7), [2, 2, 2, 1]);
    const origin = ops.fromArray(new Float32Array(8), [2, 2, 2, 1]);
    const kept = (mask: Mask): Float32Array =>
      (ops.sumTails([{ ...tail, of: x }], origin, mask, IMAGE_LAYOUT) as CpuTensor).data;
    expect(kept('element')).toEqual(Float32Array.of(0, 2, 0, 40, 0, 6, 8, 0));
    expect(kept('joint')).toEqual(Float32Array.of(0, 0, 0, 40, 0, 0, 8, 0));
  });

  it.each(['element', 'token'] as const)(
    'sumTails adds its tails (%s) to other terms as sum does, in one tensor',
    (mask) => {
      for (const kernels of [referenceKernels, simdKernels()!]) {
        fc.assert(
          fc.property(fc.array(values(48, 48), { minLength: 2, maxLength: 5 }), ([origin, ...xs]) => {
            const ops = cpuOps(kernels);
            const make = (data: Float32Array): Tensor => ops.fromArray(data, [2, 2, 3, 4]);
            const of = xs.map(make);
            const tails = of.map((x, k) => ({ of: x, scale: 3 - k, threshold: 0.6, weight: [1, 0.5] }));
            const terms: Term[] = of.map((x, k) => [k ? 0.3 : [0.1, -7], x]);
            const apart = ops.sum([...terms, [1, ops.sumTails(tails, make(origin!), mask, IMAGE_LAYOUT)]]);
            const fused = ops.sumTails(tails, make(origin!), mask, IMAGE_LAYOUT, terms);
            expect((fused as CpuTensor).data).toEqual((apart as CpuTensor).data);
          }),
          { numRuns: 30 },
        );
      }
    },
  );

  it('sumTails takes channels from the layout, wherever they lie', () => {
    const last: Layout = ['batch', 'height', 'width', 'channel'];
    fc.assert(
      fc.property(values(96, 96), (data) => {
        const ops = cpuOps();
        const [items, channels, area] = [2, 4, 12];
        const turned = new Float32Array(96);
        for (let i = 0; i < items * channels * area; i++) {
          const [item, channel, at] = [Math.floor(i / (channels * area)), Math.floor(i / area) % channels, i % area];
          turned[(item * area + at) * channels + channel] = data[i]!;
        }
        const run = (x: Float32Array, shape: number[], layout: Layout): Float32Array => {
          const origin = ops.fromArray(new Float32Array(96), shape);
          const of = ops.fromArray(x, shape);
          return (ops.sumTails([{ ...tail, threshold: 0.7, of }], origin, 'element', layout) as CpuTensor).data;
        };
        const first = run(data, [2, 4, 3, 4], IMAGE_LAYOUT);
        const found = run(turned, [2, 3, 4, 4], last);
        first.forEach((value, i) => {
          const [item, channel, at] = [Math.floor(i / (channels * area)), Math.floor(i / area) % channels, i % area];
          expect(found[(item * area + at) * channels + channel]).toBe(value);
        });
      }),
      { numRuns: 20 },
    );
  });

  it('argmax takes the first of equals, and nothing finite where a logit is NaN or the largest infinite', () => {
    const { NaN: nan, POSITIVE_INFINITY: most, NEGATIVE_INFINITY: least } = Number;
    const rows = [
      [2, nan, 2, nan, most, least, least, -1],
      [nan, 2, 3, most, 2, least, 4, -1],
      [1, 1, 4, 1, nan, least, least, least],
    ];
    for (const kernels of [undefined, simdKernels()]) {
      const ops = cpuOps(kernels);
      const { data } = ops.argmax(ops.fromArray(Float32Array.from(rows.flat()), [1, 3, 8])) as CpuTensor;
      expect([...data]).toEqual([nan, nan, 2, nan, nan, nan, 1, 0]);
    }
  });

  it('reductions are per picture', () => {
    const ops = cpuOps();
    const x = ops.fromArray(Float32Array.of(1, 2, 3, -4, 0, 4), [2, 3]);
    const read = (y: unknown): number[] => [...(y as CpuTensor).data];
    expect(read(ops.dot(x, x))).toEqual([14, 32]);
    expect(read(ops.deviation(x))).toEqual([1, 4]);
    expect(read(ops.quantile(x, 0.75))).toEqual([2.5, 2]);
    expect(read(ops.quantile(x, 0))).toEqual([1, -4]);
  });

  it('element functions, slices and joins do what their names say', () => {
    const ops = cpuOps();
    const x = ops.fromArray(Float32Array.of(-2, 0.5, 4, 8), [2, 2, 1]);
    const read = (y: unknown): number[] => [...(y as CpuTensor).data];
    expect(read(ops.map(x, 'abs'))).toEqual([2, 0.5, 4, 8]);
    expect(read(ops.map(x, 'reciprocal'))).toEqual([-0.5, 2, 0.25, 0.125]);
    expect(read(ops.map(x, 'exp'))[1]).toBeCloseTo(Math.exp(0.5), 6);
    expect(read(ops.multiply(x, x))).toEqual([4, 0.25, 16, 64]);
    expect(read(ops.clamp(x, 0, 5))).toEqual([0, 0.5, 4, 5]);
    expect(read(ops.clamp(x, -1, ops.fromArray(Float32Array.of(0, 6), [2])))).toEqual([-1, 0, 4, 6]);
    expect(read(ops.keepBelow(x, x, 4))).toEqual([-2, 0.5, 0, 0]);
    expect(read(ops.slice(x, 1, 2))).toEqual([4, 8]);
    expect(read(ops.channels(x, 1, 2))).toEqual([0.5, 8]);
    expect(ops.concat([x, ops.slice(x, 0, 1)]).shape).toEqual([3, 2, 1]);
    expect(read(ops.concat([x, ops.slice(x, 0, 1)]))).toEqual([-2, 0.5, 4, 8, -2, 0.5]);
    expect(read(ops.sum([[[1, 10], x]]))).toEqual([-2, 0.5, 40, 80]);
    expect(read(ops.sum([[ops.fromArray(Float32Array.of(2, 3), [2]), x]]))).toEqual([-4, 1, 12, 24]);
  });

  it('concat joins channels picture by picture', () => {
    const ops = cpuOps();
    const read = (y: unknown): number[] => [...(y as CpuTensor).data];
    const x = ops.fromArray(Float32Array.of(1, 2, 3, 4), [2, 2, 1]);
    const y = ops.fromArray(Float32Array.of(5, 6), [2, 1, 1]);
    const joined = ops.concat([x, y], 1);
    expect(joined.shape).toEqual([2, 3, 1]);
    expect(read(joined)).toEqual([1, 2, 5, 3, 4, 6]);
    expect(read(ops.channels(joined, 2, 3))).toEqual([5, 6]);
  });

  it('resize is torch’s bilinear interpolation with corners aligned', () => {
    const ops = cpuOps();
    const read = (y: unknown): number[] => [...(y as CpuTensor).data];
    // torch: interpolate(sin(0.7·arange(12)).reshape(1, 2, 2, 3), (4, 5), mode='bilinear', align_corners=True)
    const x = ops.fromArray(
      Float32Array.from({ length: 12 }, (_, i) => Math.sin(0.7 * i)),
      [1, 2, 2, 3],
    );
    const expected = [
      0, 0.322109, 0.644218, 0.814834, 0.98545, 0.287736, 0.414439, 0.541141, 0.54059, 0.540039, 0.575473, 0.506769,
      0.438065, 0.266346, 0.094628, 0.863209, 0.599099, 0.334988, -0.007898, -0.350783, -0.871576, -0.927014, -0.982453,
      -0.80686, -0.631267, -0.575446, -0.505709, -0.435973, -0.263714, -0.091455, -0.279316, -0.084405, 0.110507,
      0.279432, 0.448357, 0.016814, 0.3369, 0.656987, 0.822577, 0.988168,
    ];
    const resized = ops.resize(x, 4, 5);
    expect(resized.shape).toEqual([1, 2, 4, 5]);
    read(resized).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 5);
    });
    expect(read(ops.resize(x, 2, 3))).toEqual(read(x));
    expect(read(ops.resize(ops.fromArray(Float32Array.of(3), [1, 1, 1, 1]), 2, 2))).toEqual([3, 3, 3, 3]);
  });

  it('tensors live until the step ends unless kept, once for each keeper', () => {
    const ops = cpuOps();
    const [lost, kept] = [0, 1].map((value) => ops.fromArray(Float32Array.of(value), [1])) as [CpuTensor, CpuTensor];
    ops.keep(kept);
    ops.keep(kept);
    ops.release(kept);
    ops.endStep();
    expect(kept.data).toEqual(Float32Array.of(1));
    expect(() => lost.data).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
    ops.release(kept);
    expect(kept.data).toEqual(Float32Array.of(1));
    ops.endStep();
    expect(() => kept.data).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
  });

  it('recycles the arrays of freed tensors', () => {
    const ops = cpuOps();
    const seen = new Set<Float32Array>();
    for (let step = 0; step < 5; step++) {
      const x = ops.fromArray(new Float32Array(6), [1, 6]);
      seen.add((x as CpuTensor).data).add((ops.sum([[2, x]]) as CpuTensor).data);
      ops.endStep();
    }
    expect(seen.size).toBe(2);
  });

  it('refuses to combine tensors of two shapes', () => {
    const ops = cpuOps();
    const [a, b] = [ops.fromArray(new Float32Array(2), [1, 2]), ops.fromArray(new Float32Array(2), [2, 1])];
    expect(() => ops.multiply(a, b)).toThrow(expect.objectContaining({ code: 'PREDICTION_SHAPE' }));
    expect(() => ops.fromArray(new Float32Array(3), [1, 2])).toThrow(
      expect.objectContaining({ code: 'PREDICTION_SHAPE' }),
    );
  });
});
