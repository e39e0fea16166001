import { readFileSync } from 'node:fs';
import { GuidanceError } from '@sega/guidance';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { torchRandom } from '../src/torch-random.js';

interface Draw {
  readonly draw: 'normal' | 'uniform' | 'integers';
  readonly count: number;
  readonly bound?: number;
  readonly at?: readonly number[];
  readonly values: readonly number[];
  readonly sum?: number;
  readonly sumOfSquares?: number;
}
const { cases } = JSON.parse(
  readFileSync(new URL('../../../test/vectors/torch-random.json', import.meta.url), 'utf8'),
) as { cases: readonly { readonly seed: number; readonly draws: readonly Draw[] }[] };

const seeds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const blocks = fc.integer({ min: 1, max: 20 }).map((count) => 16 * count);

describe('torchRandom', () => {
  for (const { seed, draws } of cases) {
    const title = draws.map(({ draw, count }) => `${draw}(${count})`).join(', ');
    it(`draws torch's numbers for seed ${seed}: ${title}`, () => {
      const random = torchRandom(seed);
      for (const { draw, count, bound, at, values, sum, sumOfSquares } of draws) {
        const drawn = [...(draw === 'integers' ? random.integers(count, bound!) : random[draw](count))];
        expect(drawn.length).toBe(count);
        const indices = at ?? values.map((_, i) => i);
        indices.forEach((index, i) => {
          const difference = Math.abs(drawn[index]! - values[i]!);
          expect(difference, `${draw}(${count})[${index}]`).toBeLessThanOrEqual(draw === 'normal' ? 3e-7 : 0);
        });
        if (sum === undefined) continue;
        expect(drawn.reduce((total, value) => total + value, 0)).toBeCloseTo(sum, 3);
        expect(drawn.reduce((total, value) => total + value * value, 0)).toBeCloseTo(sumOfSquares!, 2);
      }
    });
  }

  it('gives the same numbers for the same seed', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 100 }), (seed, count) => {
        expect(torchRandom(seed).normal(count)).toEqual(torchRandom(seed).normal(count));
      }),
    );
  });

  it('draws in parts what it draws at once: uniform numbers, integers, whole blocks of normal ones', () => {
    fc.assert(
      fc.property(seeds, blocks, blocks, (seed, first, second) => {
        for (const draw of ['normal', 'uniform'] as const) {
          const parts = torchRandom(seed);
          const joined = [...parts[draw](first), ...parts[draw](second)];
          expect(joined).toEqual([...torchRandom(seed)[draw](first + second)]);
        }
        const parts = torchRandom(seed);
        expect([...parts.integers(first, 77), ...parts.integers(second, 77)]).toEqual([
          ...torchRandom(seed).integers(first + second, 77),
        ]);
      }),
      { numRuns: 30 },
    );
  });

  it('draws numbers below 16 in parts too', () => {
    const parts = torchRandom(5);
    expect([...parts.normal(3), ...parts.normal(4)]).toEqual([...torchRandom(5).normal(7)]);
  });

  it('has mean 0 and variance 1', () => {
    const noise = torchRandom(3).normal(1 << 18);
    const mean = noise.reduce((total, value) => total + value, 0) / noise.length;
    const variance = noise.reduce((total, value) => total + (value - mean) ** 2, 0) / noise.length;
    expect(Math.abs(mean)).toBeLessThan(0.01);
    expect(Math.abs(variance - 1)).toBeLessThan(0.01);
  });

  it.each([-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])('throws SEED_INVALID for seed %s', (seed) => {
    expect(() => torchRandom(seed)).toThrow(expect.objectContaining({ code: 'SEED_INVALID' }));
    expect(() => torchRandom(seed)).toThrow(GuidanceError);
  });

  it.each([0, -3, 1.5, 2 ** 31 + 1])('throws OPTION_INVALID for integers below %s', (bound) => {
    expect(() => torchRandom(1).integers(1, bound)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });
});
