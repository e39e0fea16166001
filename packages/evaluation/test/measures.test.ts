import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectedMaximum } from '../src/measures/expected-maximum.js';
import { frechetDistance } from '../src/measures/frechet-distance.js';
import { similarity } from '../src/measures/similarity.js';
import { spearman } from '../src/measures/spearman.js';

const numbers = (length: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: -9, max: 9 }), { minLength: length, maxLength: length });

describe('spearman', () => {
  it.each([
    [[1, 2, 3], [10, 20, 30], 1],
    [[1, 2, 3], [3, 2, 1], -1],
    // Worked by hand: ranks 0, 1, 2, 3 against 1, 0, 3, 2.
    [[1, 2, 3, 4], [2, 1, 4, 3], 0.6],
    // Ties share the mean of their ranks: 0, 1, 2 against 0.5, 0.5, 2.
    [[1, 2, 3], [5, 5, 6], Math.sqrt(3) / 2],
  ])('of %j and %j is %d', (x, y, expected) => {
    expect(spearman(x, y)).toBeCloseTo(expected, 12);
  });

  it('is undefined where one side never changes', () => {
    expect(spearman([1, 2, 3], [4, 4, 4])).toBeUndefined();
  });

  it('does not change under a rising function', () => {
    fc.assert(
      fc.property(numbers(6), numbers(6), (x, y) => {
        expect(spearman(x, y.map(Math.exp))).toEqual(spearman(x, y));
      }),
    );
  });
});

describe('expectedMaximum', () => {
  it('is the mean of the maximum over every way to draw', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 4 }), (values) => {
        const pairs = values.flatMap((a) => values.map((b) => Math.max(a, b)));
        const average = pairs.reduce((sum, value) => sum + value, 0) / pairs.length;
        expect(expectedMaximum(values, 2)).toBeCloseTo(average, 9);
      }),
    );
  });

  it('is undefined of nothing', () => {
    expect(expectedMaximum([], 25)).toBeUndefined();
  });
});

describe('frechetDistance', () => {
  it('is 0 between a set and itself', () => {
    fc.assert(
      fc.property(fc.array(numbers(3), { minLength: 2, maxLength: 8 }), (rows) => {
        const set = rows.map((row) => Float32Array.from(row));
        expect(frechetDistance(set, set)).toBeCloseTo(0, 6);
      }),
    );
  });

  it('of sets that lie a shift apart is the shift squared', () => {
    const set = [
      [1, 5],
      [2, 3],
      [4, 4],
      [0, 1],
    ].map((row) => Float32Array.from(row));
    const moved = set.map(([x, y]) => Float32Array.of(x! + 3, y! - 4));
    expect(frechetDistance(set, moved)).toBeCloseTo(25, 6);
  });

  it('of one dimension is (μₐ − μ_b)² + (σₐ − σ_b)²', () => {
    const set = (...values: number[]): Float32Array[] => values.map((value) => Float32Array.of(value));
    // σ of −1, 1 is √2; of 0, 10 it is 5√2.
    expect(frechetDistance(set(-1, 1), set(0, 10))).toBeCloseTo(25 + 2 * 16, 5);
  });

  it('is undefined where a set has fewer than two vectors', () => {
    expect(frechetDistance([Float32Array.of(1)], [Float32Array.of(1), Float32Array.of(2)])).toBeUndefined();
  });
});

describe('similarity', () => {
  const image = (pixel: (i: number) => number) => ({
    width: 16,
    height: 16,
    data: Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => pixel(i)),
  });

  it('is 1 between a picture and itself, and less to any other', () => {
    const a = image((i) => (i * 37) % 256);
    expect(similarity(a, a)).toBeCloseTo(1, 12);
    expect(
      similarity(
        a,
        image((i) => (i * 53) % 256),
      ),
    ).toBeLessThan(0.5);
    expect(
      similarity(
        a,
        image((i) => ((i * 37) % 256) * 0.9),
      ),
    ).toBeGreaterThan(0.9);
  });
});
