import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { any, blocks, both, type Gpu, openGpu, wave } from './gpu-harness.js';

const RUNS = { numRuns: 25 };

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterEach(() => expect(gpu.errors).toEqual([]));
afterAll(() => gpu.recorder.device.destroy());

/** Which number tells of logits that are not finite is left open. */
const finiteOnly = (codes: Float32Array): (number | undefined)[] =>
  [...codes].map((code) => (Number.isFinite(code) ? code : undefined));

describe('GpuOps over codes', () => {
  it('takes the most probable code, the first of equals', async () => {
    await fc.assert(
      fc.asyncProperty(blocks(1, any), async ({ shape, data }) => {
        const { received, expected } = await both(gpu, (ops) => ops.argmax(ops.fromArray(data[0]!, shape)));
        expect(finiteOnly(received)).toEqual(finiteOnly(expected));
      }),
      RUNS,
    );
  });

  it('takes nothing finite from logits of which one is NaN or the largest infinite', async () => {
    const { NaN: nan, POSITIVE_INFINITY: most, NEGATIVE_INFINITY: least } = Number;
    const rows = [
      [2, nan, 2, nan, most, least, least, -1],
      [nan, 2, 3, most, 2, least, 4, -1],
      [1, 1, 4, 1, nan, least, least, least],
    ];
    const { received, expected } = await both(gpu, (ops) =>
      ops.argmax(ops.fromArray(Float32Array.from(rows.flat()), [1, 3, 8])),
    );
    for (const codes of [received, expected]) {
      expect(finiteOnly(codes)).toEqual([undefined, undefined, 2, undefined, undefined, undefined, 1, 0]);
    }
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

  it.each([
    ['ends of equal intervals', 8, (k: number): number => k / 8],
    ['middles of equal intervals', 300, (k: number): number => (k + 0.5) / 300],
  ])('draws every code of equal logits at the %s', async (_, codes, at) => {
    const uniform = Float32Array.from({ length: codes }, (_, k) => at(k));
    const { received, expected } = await both(gpu, (ops) =>
      ops.categorical(
        ops.fromArray(new Float32Array(codes * codes).fill(-3), [1, codes, codes]),
        0.7,
        ops.fromArray(uniform, [1, codes]),
      ),
    );
    expect(received).toEqual(expected);
    expect([...received]).toEqual([...uniform.keys()]);
  });

  it('draws nothing finite from logits of which one is NaN or the largest infinite, as the reference does', async () => {
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1];
    const logits = Float32Array.from([2, 2, 2, 2, ...odd, 1, 1, 1, 1]);
    const { received, expected } = await both(gpu, (ops) =>
      ops.categorical(ops.fromArray(logits, [1, 3, 4]), 1, ops.fromArray(new Float32Array(4).fill(0.99), [1, 4])),
    );
    for (const codes of [received, expected])
      expect([...codes].map(Number.isFinite)).toEqual([false, false, true, true]);
    expect([...received].slice(2)).toEqual([...expected].slice(2));
  });
});
