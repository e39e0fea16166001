import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PictureJob } from '../src/index.js';
import { batchOf, jobsOf, unitsOf } from '../src/unit.js';

const job = (seed: number, prompt = 'a face'): PictureJob => ({ prompt, seed });

describe('units', () => {
  it('hold seeds that count up, within one multiple of the batch', () => {
    const seeds = [0, 1, 2, 7, 8, 9, 15, 16];
    const units = unitsOf(
      seeds.map((seed) => job(seed)),
      8,
    );
    expect(units.map(({ job: { seed }, images }) => [seed, images])).toEqual([
      [0, 3],
      [7, 1],
      [8, 2],
      [15, 1],
      [16, 1],
    ]);
  });

  it('keep what differs in more than the seed apart', () => {
    const away = { kind: 'semantic', concepts: [{ text: 'hat', scale: 6, threshold: 0.9, away: true }] } as const;
    expect(unitsOf([job(0), job(1, 'a king'), { ...job(1), scale: 3 }, { ...job(1), method: away }], 8)).toHaveLength(
      4,
    );
  });

  it('draw every job once, in whatever order and however often it is named', () => {
    const jobs = fc.array(
      fc.tuple(fc.nat(40), fc.constantFrom('a face', 'a king')).map(([seed, text]) => job(seed, text)),
    );
    fc.assert(
      fc.property(jobs, fc.constantFrom(1, 4, 8), (list, batch) => {
        const drawn = unitsOf(list, batch)
          .flatMap(jobsOf)
          .map((one) => JSON.stringify(one));
        expect(new Set(drawn).size).toBe(drawn.length);
        expect(new Set(drawn)).toEqual(new Set(list.map((one) => JSON.stringify(one))));
        const text = (units: ReturnType<typeof unitsOf>): string[] => units.map((unit) => JSON.stringify(unit)).sort();
        expect(text(unitsOf([...list].reverse(), batch))).toEqual(text(unitsOf(list, batch)));
      }),
    );
  });

  it('hold as many pictures as memory allows', () => {
    expect(batchOf({ width: 64, height: 64 })).toBe(8);
    expect(batchOf({ width: 128, height: 128 })).toBe(2);
    expect(batchOf({ width: 512, height: 512 })).toBe(1);
  });
});
