import { decodePng } from '@sega/cli';
import type { Image } from '@sega/guidance';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanMap, touchedMaps, touchedShare } from '../../examples/playground/src/drawing/touched.js';
import { enlarge } from '../../examples/playground/src/picture/enlarge.js';
import { encodePng } from '../../examples/playground/src/picture/png.js';

const SIDE = 6;
const image = fc
  .uint8Array({ minLength: SIDE * SIDE * 3, maxLength: SIDE * SIDE * 3 })
  .map((data): Image => ({ width: SIDE, height: SIDE, data }));

describe('a saved picture', () => {
  it('holds the pixels and the texts', async () => {
    await fc.assert(
      fc.asyncProperty(image, fc.string({ unit: 'grapheme' }), async (picture, prompt) => {
        const file = await encodePng(picture, { prompt });
        const decoded = decodePng(new Uint8Array(await file.arrayBuffer()));
        expect(decoded).toEqual({ image: picture, texts: { prompt } });
      }),
      { numRuns: 25 },
    );
  });
});

describe('an enlarged picture', () => {
  it.each([3, 4, 6, 8])('of one colour stays so, %i times', (factor) => {
    const data = new Uint8Array(SIDE * SIDE * 3).map((_, i) => [200, 100, 50][i % 3]!);
    const rgba = enlarge({ width: SIDE, height: SIDE, data }, factor);
    expect(rgba).toHaveLength((SIDE * factor) ** 2 * 4);
    expect(rgba.every((value, i) => value === [200, 100, 50, 255][i % 4])).toBe(true);
  });

  it('has an edge that is steeper than smooth enlarging makes it', () => {
    const data = new Uint8Array(SIDE * SIDE * 3).map((_, i) => (Math.floor(i / 3) % SIDE < SIDE / 2 ? 0 : 255));
    const rgba = enlarge({ width: SIDE, height: SIDE, data }, 8);
    const row = Array.from({ length: SIDE * 8 }, (_, x) => rgba[(SIDE * 4 * SIDE * 8 + x) * 4]!);
    const steps = row.slice(1).map((value, x) => value - row[x]!);
    expect(Math.max(...steps)).toBeGreaterThan(2 * (255 / 8));
  });
});

describe('where a concept acts', () => {
  it('is the share of channels touched at each position', () => {
    const gamma = Float32Array.from([0, 1, 0, 0, 0, -2, 0, 3]);
    const trace = { space: 'epsilon', shape: [1, 2, 2, 2], seeds: [1], sampler: 'ddim', stage: 'base' } as const;
    const maps = touchedMaps({ ...trace, layout: ['batch', 'channel', 'height', 'width'], gammas: [gamma] });
    expect([...maps[0]!.shares]).toEqual([0, 1, 0, 0.5]);
    expect(touchedShare(maps[0]!)).toBe(0.5);
    expect([...meanMap([maps[0]!, { width: 2, height: 2, shares: new Float32Array(4) }]).shares]).toEqual([
      0, 0.5, 0, 0.25,
    ]);
  });
});
