import { referenceKernels } from '@sega/guidance';
import { simdKernels } from '@sega/guidance/simd';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const simd = simdKernels()!;

/** Logits made from n, a normal number, u, a uniform one, and the code. */
const KINDS: Record<string, (n: number, u: number, code: number) => number> = {
  normal: (n) => 2 * n,
  equal: () => 0.7,
  tiny: (n) => 1e-6 * n,
  huge: (n) => 1e4 * n,
  'far from zero': (n) => 3e4 + n,
  'rising by code': (n, _u, code) => 150 * code + n,
  'one likely code': (n, _u, code) => (code === 1 ? 40 : n),
  'impossible codes': (n, u) => (u < 0.3 ? Number.NEGATIVE_INFINITY : n),
  'impossible first codes': (n, _u, code) => (code < 17 ? Number.NEGATIVE_INFINITY : n),
  'the lowest float': (n, u) => (u < 0.3 ? -3.4028234663852886e38 : n),
  'infinite codes': (n, u) => (u < 0.02 ? Number.POSITIVE_INFINITY : n),
  'no numbers': (n, u) => (u < 0.02 ? Number.NaN : n),
};

function logits(kind: string, length: number, positions: number, seed: number): Float32Array {
  let state = seed | 1;
  const uniform = (): number => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
  return Float32Array.from({ length }, (_, i) => {
    const n = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    return KINDS[kind]!(n, uniform(), Math.floor(i / positions));
  });
}

const grid = fc.oneof(
  fc.record({ codes: fc.integer({ min: 2, max: 70 }), positions: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ codes: fc.integer({ min: 2, max: 6 }), positions: fc.integer({ min: 4090, max: 8200 }) }),
  fc.record({ codes: fc.integer({ min: 500, max: 800 }), positions: fc.integer({ min: 1, max: 9 }) }),
);
const kind = fc.constantFrom(...Object.keys(KINDS));
const coefficient = fc.oneof(
  fc.constant(0),
  fc.double({ min: 0.1, max: 12, noNaN: true }),
  fc.double({ min: -12, max: -0.1, noNaN: true }),
);
const concepts = fc.array(
  fc.record({
    kind,
    scale: coefficient,
    weight: coefficient,
    threshold: fc.oneof(fc.constantFrom(0, 0.5, 0.9, 1), fc.double({ min: 0, max: 1, noNaN: true })),
  }),
  { minLength: 1, maxLength: 3 },
);

/** A position's ‖log-probabilities of x − those of the origin‖², and what float32 may make of it. */
function scoreOf(
  x: Float32Array,
  origin: Float32Array,
  p: number,
  positions: number,
): { score: number; margin: number } {
  const logSum = (logits: Float32Array): number => {
    const column = logits.filter((_, i) => i % positions === p);
    const largest = column.reduce((a, b) => Math.max(a, b));
    return largest + Math.log(column.reduce((sum, value) => sum + Math.exp(value - largest), 0));
  };
  const shift = logSum(x) - logSum(origin);
  const codes = x.length / positions;
  const differences = Array.from(
    { length: codes },
    (_, code) => x[code * positions + p]! - origin[code * positions + p]!,
  );
  const largest = differences.reduce(
    (most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most),
    0,
  );
  const score = differences.reduce((sum, value) => sum + (value - shift) ** 2, 0);
  const off = 1e-6 + 2 ** -23 * largest;
  return { score, margin: 1e-6 * score + off * Math.sqrt(codes * score) + codes * off * off };
}

/** Positions whose score is so close to the threshold that float32 may put them on either side of it. */
function doubtful(x: Float32Array, origin: Float32Array, positions: number, threshold: number): Set<number> {
  const scored = Array.from({ length: positions }, (_, p) => scoreOf(x, origin, p, positions));
  const rank = ({ score }: { score: number }): number =>
    Number.isNaN(score) ? Number.MAX_VALUE : Math.min(score, 1e300);
  const ordered = [...scored].sort((a, b) => rank(a) - rank(b));
  const bound = ordered[Math.ceil(Math.fround(Math.fround(threshold) * (positions - 1)))]!;
  const near = ({ score, margin }: { score: number; margin: number }): boolean =>
    Number.isFinite(score) && Math.abs(score - bound.score) <= margin + bound.margin;
  return new Set(scored.flatMap((score, p) => (near(score) ? [p] : [])));
}

describe('simd kernels on logits', () => {
  it('sum token tails as the reference kernels do', () => {
    const property = fc.property(grid, concepts, kind, fc.integer(), (shape, tails, originKind, seed) => {
      const { codes, positions } = shape;
      const [start, size] = [3, codes * positions];
      const origin = logits(originKind, start + size, positions, seed);
      const xs = tails.map((tail, k) => logits(tail.kind, start + size, positions, seed + k + 1));
      const [expected, received] = [referenceKernels, simd].map((kernels) => {
        const out = new Float32Array(start + size).fill(42);
        kernels.sumTokenTails(
          out,
          origin,
          xs,
          tails.map(({ scale }) => scale),
          tails.map(({ threshold }) => threshold),
          tails.map(({ weight }) => weight),
          start,
          { count: codes, blocks: 1, length: positions },
          true,
        );
        return out;
      }) as [Float32Array, Float32Array];
      const factor = tails.reduce((sum, { scale, weight }) => sum + Math.abs(scale * weight), 0);
      const isOff = (value: number, i: number): boolean =>
        !Object.is(value, received[i]) && !(Math.abs(value - received[i]!) <= 1e-5 * Math.abs(value) + 1e-6 * factor);
      const off = Array.from(expected.keys()).filter((i) => isOff(expected[i]!, i));
      if (off.length === 0) return;
      const either = tails.map(({ threshold }, k) =>
        doubtful(xs[k]!.subarray(start), origin.subarray(start), positions, threshold),
      );
      const wrong = off.filter((i) => i < start || !either.some((ties) => ties.has((i - start) % positions)));
      expect(wrong.map((i) => [i, expected[i], received[i]])).toEqual([]);
    });
    fc.assert(property, { numRuns: 120, endOnFailure: true });
  });

  it('leave other layouts and values that are no logits to the reference kernels, bit for bit', () => {
    const [origin, x] = [logits('normal', 60, 12, 1), logits('normal', 60, 12, 2)];
    for (const [shape, isLogits] of [
      [{ count: 5, blocks: 12, length: 1 }, true],
      [{ count: 5, blocks: 1, length: 12 }, false],
    ] as const) {
      const [expected, received] = [referenceKernels, simd].map((kernels) => {
        const out = new Float32Array(60);
        kernels.sumTokenTails(out, origin, [x], [2], [0.5], [1], 0, shape, isLogits);
        return out;
      });
      expect(received).toEqual(expected);
    }
  });

  it('sum token tails whatever constants the logits of a position carry', () => {
    const [codes, positions] = [40, 64];
    const whole = (seed: number): Float32Array =>
      logits('normal', codes * positions, positions, seed).map((value) => Math.round(64 * value) / 64);
    const [origin, x] = [whole(1), whole(2)];
    const tails = (of: Float32Array): Float32Array => {
      const out = new Float32Array(codes * positions);
      simd.sumTokenTails(out, origin, [of], [3], [0.8], [1], 0, { count: codes, blocks: 1, length: positions }, true);
      return out;
    };
    const usual = tails(x);
    const constants = fc.array(fc.integer({ min: -1e5, max: 1e5 }), { minLength: positions, maxLength: positions });
    fc.assert(
      fc.property(constants, (shift) => {
        tails(x.map((value, i) => value + shift[i % positions]!)).forEach((value, i) => {
          expect(value === 0).toBe(usual[i] === 0);
          expect(value).toBeCloseTo(usual[i]!, 5);
        });
      }),
      { numRuns: 20 },
    );
  });

  it('draw the codes the reference kernels draw', () => {
    const uniforms = fc.constantFrom(0, 2 ** -24, 0.5, 1 - 2 ** -24, undefined);
    const temperatures = fc.oneof(fc.constantFrom(1, 0.2, 1e-3, 50), fc.double({ min: 0.05, max: 3, noNaN: true }));
    const property = fc.property(
      grid,
      kind,
      temperatures,
      uniforms,
      fc.integer({ min: 1, max: 2 }),
      fc.integer(),
      ({ codes, positions }, values, temperature, constant, items, seed) => {
        const x = logits(values, items * codes * positions, positions, seed);
        const uniform = logits('normal', items * positions, 1, seed).map((n) => constant ?? Math.abs(Math.sin(9 * n)));
        for (const given of [uniform.map((value) => (value < 1 ? value : 0)), undefined]) {
          const [expected, received] = [referenceKernels, simd].map((kernels) => {
            const out = new Float32Array(items * positions).fill(-1);
            kernels.drawCodes(out, x, codes, positions, temperature, given);
            return out;
          });
          expect(received).toEqual(expected);
        }
      },
    );
    fc.assert(property, { numRuns: 100 });
  });
});
