import { generate, type Image } from '@sega/guidance';
import { referenceModel } from '@sega/guidance/testkit';
import { blur, judge, type PictureJudge } from '@sega/safety';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const withCode = (code: string): unknown => expect.objectContaining({ code });

/** Flags the pictures at these places. */
const flagging = (...places: readonly number[]): PictureJudge => ({
  name: 'places',
  judge: async (images) => images.map((_, place) => ({ flagged: places.includes(place), scores: { place } })),
});

const drawn = generate(referenceModel(), 'a king', { images: 3, seed: 10, steps: 2 });
const pixels = (side: number): fc.Arbitrary<Image> =>
  fc
    .uint8Array({ minLength: side * side * 3, maxLength: side * side * 3 })
    .map((data) => ({ width: side, height: side, data }));

describe('judge', () => {
  it('flag leaves pictures as they are and says which were flagged', async () => {
    const result = await judge(await drawn, flagging(1), 'flag');
    expect(result.images).toEqual((await drawn).images);
    expect(result.verdicts.map(({ flagged }) => flagged)).toEqual([false, true, false]);
    expect(result.applied).toEqual([
      { method: 'judge', stage: 'base', judge: 'places', action: 'flag', flagged: [11] },
    ]);
  });

  it('blur and refuse change the flagged pictures alone, in every stage', async () => {
    const { images } = await drawn;
    const refused = await judge(await drawn, flagging(0, 2));
    expect(refused.images.map(({ data }) => data.every((value) => value === 0))).toEqual([true, false, true]);
    expect(refused.images[1]).toBe(images[1]);
    expect(refused.stageImages.base).toEqual(refused.images);
    const blurred = await judge(await drawn, flagging(2), 'blur');
    expect(blurred.images[2]).toEqual(blur(images[2]!));
    expect(blurred.stageImages.base![2]).toEqual(blur(images[2]!));
    expect(blurred.images.slice(0, 2)).toEqual(images.slice(0, 2));
  });

  it('hands out nothing that was not judged', async () => {
    const broken: readonly PictureJudge['judge'][] = [
      async () => {
        throw new Error('out of order');
      },
      async () => [],
      async () => undefined as never,
      async (images) => images.map(() => ({ scores: {} }) as never),
    ];
    for (const own of broken) {
      await expect(judge(await drawn, { name: 'broken', judge: own })).rejects.toThrow(withCode('JUDGE_INVALID'));
    }
    await expect(judge(await drawn, flagging(), 'hide' as 'blur')).rejects.toThrow(withCode('OPTION_INVALID'));
  });
});

describe('blur', () => {
  it('keeps one colour as it is', () => {
    const image = { width: 5, height: 3, data: new Uint8Array(45).map((_, i) => [200, 100, 7][i % 3]!) };
    expect(blur(image)).toEqual(image);
  });

  it('evens out whatever is drawn: no two neighbours differ by much', () => {
    fc.assert(
      fc.property(pixels(32), (image) => {
        const { data } = blur(image);
        const steps = Array.from(data, (value, i) => (i % 96 < 3 ? 0 : Math.abs(value - data[i - 3]!)));
        expect(Math.max(...steps)).toBeLessThanOrEqual(255 / 9);
      }),
      { numRuns: 20 },
    );
  });
});
