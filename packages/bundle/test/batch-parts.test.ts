import { describe, expect, it } from 'vitest';
import { type Division, divide } from '../src/adapter/batch-parts.js';

const shapes = (division: Partial<Division>): string[] =>
  divide({ pictures: 1, branches: 4, maxRows: 256, lanes: 1, perPicture: 0.5, ...division }).map(
    ({ pictures, branches }) => `${pictures[1] - pictures[0]}x${branches[1] - branches[0]}`,
  );

describe('a batch', () => {
  it('stays whole on one lane', () => {
    expect(shapes({ pictures: 4 })).toEqual(['4x4']);
  });

  it('of one picture is divided by branches', () => {
    expect(shapes({ lanes: 2 })).toEqual(['1x2', '1x2']);
  });

  it('of several pictures is divided by pictures, so that what branches share is computed once', () => {
    expect(shapes({ pictures: 4, lanes: 2 })).toEqual(['2x4', '2x4']);
  });

  it('is divided by branches where pictures do not divide evenly', () => {
    expect(shapes({ pictures: 3, lanes: 2 })).toEqual(['3x2', '3x2']);
  });

  it('never exceeds the rows of a run', () => {
    for (let pictures = 1; pictures <= 9; pictures++) {
      for (let branches = 1; branches <= 7; branches++) {
        const parts = divide({ pictures, branches, maxRows: 5, lanes: 2, perPicture: 0.5 });
        const rows = parts.map((part) => (part.pictures[1] - part.pictures[0]) * (part.branches[1] - part.branches[0]));
        expect(Math.max(...rows)).toBeLessThanOrEqual(5);
        expect(rows.reduce((sum, count) => sum + count, 0)).toBe(pictures * branches);
      }
    }
  });
});
