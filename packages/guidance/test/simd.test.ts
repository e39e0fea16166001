import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { referenceKernels } from '@sega/guidance';
import { simdKernels } from '@sega/guidance/simd';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

const simd = simdKernels()!;
const LAMBDAS = [0, 0.01, 0.25, 0.5, 0.8, 0.9, 0.95, 0.975, 0.99, 1];

/** Arrays the selection could get wrong, made from u and v, two uniform numbers, and i, the position. */
const SHAPES: Record<string, (u: number, v: number, i: number) => number> = {
  normal: (u, v) => Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v),
  ties: (u) => Math.round(8 * u - 4) / 4,
  zeros: () => 0,
  'zeros of both signs': (u) => (u < 0.5 ? -0 : 0),
  'mostly zero': (u, v) => (u < 0.97 ? 0 : v - 0.5),
  subnormal: (u) => (u - 0.5) * 1e-39,
  'every exponent': (u, v) => (v < 0.5 ? -1 : 1) * 10 ** (76 * u - 38),
  ascending: (_u, _v, i) => i * 1e-3,
  descending: (_u, _v, i) => 1 - i * 1e-5,
  'one outlier': (_u, _v, i) => (i === 7 ? 1e9 : 1),
  'striped like a picture': (u, _v, i) => (i % 64 === 0 ? 1 + u : u / 8),
  'infinite in places': (u, v) => (u < 0.03 ? Math.sign(v - 0.5) * Number.POSITIVE_INFINITY : v - 0.5),
  'mostly infinite': (u, v) => (u < 0.8 ? Math.sign(v - 0.5) * Number.POSITIVE_INFINITY : v - 0.5),
  'no numbers in places': (u, v) => (u < 0.03 ? Number.NaN : v - 0.5),
  'mostly no numbers': (u, v) => (u < 0.8 ? Number.NaN : v - 0.5),
  'no numbers': () => Number.NaN,
};

function numbers(shape: string, length: number, seed: number): Float32Array {
  let state = seed | 1;
  const uniform = (): number => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
  return Float32Array.from({ length }, (_, i) => SHAPES[shape]!(uniform(), uniform(), i));
}

const coefficient = fc.double({ min: -20, max: 20, noNaN: true });
const group = fc.record({
  length: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 70_000 }), fc.constantFrom(1023, 4096)),
  before: fc.integer({ min: 0, max: 5 }),
  after: fc.integer({ min: 0, max: 5 }),
  seed: fc.integer(),
});
const concepts = fc.array(
  fc.record({
    shape: fc.constantFrom(...Object.keys(SHAPES)),
    scale: coefficient,
    threshold: fc.oneof(fc.constantFrom(...LAMBDAS), fc.double({ min: 0, max: 1, noNaN: true })),
    weight: coefficient,
  }),
  { minLength: 1, maxLength: 4 },
);

/** The same bits, but for those of NaN, which WebAssembly may choose. */
const isSame = (a: Float32Array, b: Float32Array): boolean => a.every((value, i) => Object.is(value, b[i]));

describe('simd kernels', () => {
  it('sums tails bit for bit as the reference kernels do', () => {
    const origins = fc.constantFrom(
      'zeros',
      'normal',
      'zeros of both signs',
      'infinite in places',
      'no numbers in places',
    );
    const groups = fc.tuple(group, fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 20 })));
    const property = fc.property(
      groups,
      concepts,
      origins,
      ([{ length, before, after, seed }, count], tails, originShape) => {
        const total = before + count * length + after;
        const origin = numbers(originShape, total, seed);
        const xs = tails.map(({ shape }, k) => numbers(shape, total, seed + k + 1));
        const [expected, received] = [referenceKernels, simd].map((kernels) => {
          const out = new Float32Array(total).fill(42);
          kernels.sumTails(
            out,
            origin,
            xs,
            tails.map((tail) => tail.scale),
            tails.map((tail) => tail.threshold),
            tails.map((tail) => tail.weight),
            before,
            length,
            count,
          );
          return out;
        }) as [Float32Array, Float32Array];
        expect(isSame(received, expected)).toBe(true);
      },
    );
    fc.assert(property, { numRuns: 150 });
  });

  it.each(Object.keys(SHAPES))('selects the same threshold on %s values for every λ', (shape) => {
    for (const length of [1, 2, 3, 4, 5, 1024, 4096, 65_536]) {
      const origin = new Float32Array(length);
      const x = numbers(shape, length, length);
      const [expected, received] = [new Float32Array(length), new Float32Array(length)];
      for (const threshold of LAMBDAS) {
        referenceKernels.sumTails(expected, origin, [x], [1], [threshold], [1], 0, length, 1);
        simd.sumTails(received, origin, [x], [1], [threshold], [1], 0, length, 1);
        expect(isSame(received, expected), `λ ${threshold} of ${length}`).toBe(true);
      }
    }
  });

  it('adds scaled arrays bit for bit as the reference kernels do', () => {
    const factors = fc.array(coefficient, { minLength: 1, maxLength: 6 });
    const property = fc.property(
      group,
      factors,
      concepts,
      ({ length, before, after, seed }, terms, [{ shape } = { shape: 'normal' }]) => {
        const total = before + length + after;
        const xs = terms.map((_, k) => numbers(shape, total, seed + k));
        const [expected, received] = [new Float32Array(total).fill(42), new Float32Array(total).fill(42)];
        referenceKernels.sum(expected, xs, terms, before, length);
        simd.sum(received, xs, terms, before, length);
        expect(isSame(received, expected)).toBe(true);
      },
    );
    fc.assert(property, { numRuns: 100 });
  });

  it.each([undefined, { validate: () => false }])('is undefined where WebAssembly is %o', async (api) => {
    vi.resetModules();
    vi.stubGlobal('WebAssembly', api);
    const { simdKernels: unsupported } = await import('@sega/guidance/simd');
    expect(unsupported()).toBeUndefined();
    vi.unstubAllGlobals();
  });

  it('ships the module its source compiles to, byte for byte', () => {
    const script = fileURLToPath(new URL('../scripts/build-simd.mjs', import.meta.url));
    execFileSync(process.execPath, [script, '--check'], { stdio: 'pipe' });
  }, 300_000);
});
