import { away, chain, type GenerateResult, generate, Run, scale, semantic, toward } from '@sega/guidance';
import { referenceModel } from '@sega/guidance/testkit';
import { type FairOptions, fair } from '@sega/safety';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const model = referenceModel({ spread: 0.5 });
const withCode = (code: string): unknown => expect.objectContaining({ code });

async function drawn(
  attributes: readonly string[],
  options: FairOptions,
  seed: number,
  images: number,
): Promise<readonly string[]> {
  const { applied } = await draw(attributes, options, seed, images);
  return applied[0]!.drawn as readonly string[];
}

function draw(
  attributes: readonly string[],
  options: FairOptions,
  seed: number,
  images: number,
): Promise<GenerateResult> {
  const guidance = chain(scale(2), fair(attributes, options));
  return generate(model, 'a king', { guidance, seed, images, steps: 2, width: 1, height: 1 });
}

describe('fair', () => {
  it.each([
    [[1, 1], 0.5],
    [[1, 3], 0.25],
    [[0.9, 0.1], 0.9],
  ])('draws in proportions %j', async (proportions, share) => {
    const pictures = 1000;
    const attributes = await drawn(['female', 'male'], { proportions }, 0, pictures);
    const found = attributes.filter((attribute) => attribute === 'female').length / pictures;
    // Four standard deviations.
    expect(Math.abs(found - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / pictures));
  });

  it('draws equally often when told nothing, and never what has no share', async () => {
    const attributes = await drawn(['young', 'middle-aged', 'old'], { seed: 1 }, 0, 999);
    for (const attribute of ['young', 'middle-aged', 'old']) {
      const found = attributes.filter((one) => one === attribute).length;
      expect(Math.abs(found - 333)).toBeLessThan(4 * Math.sqrt(999 * (1 / 3) * (2 / 3)));
    }
    const sure = await drawn(['young', 'old', 'never'], { proportions: [0, 1, 0] }, 0, 100);
    expect(new Set(sure)).toEqual(new Set(['old']));
  });

  it('draws for a picture whatever batch it is in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(2 ** 40), fc.nat(2 ** 40), async (seed, first) => {
        const together = await drawn(['a', 'b'], { seed }, first, 4);
        const alone = await Promise.all([0, 1, 2, 3].map((k) => drawn(['a', 'b'], { seed }, first + k, 1)));
        expect(alone.flat()).toEqual(together);
      }),
      { numRuns: 20 },
    );
  });

  it('draws differently with another seed, and independently for other attributes', async () => {
    const [own, other, age] = await Promise.all([
      drawn(['female', 'male'], { seed: 1 }, 0, 400),
      drawn(['female', 'male'], { seed: 2 }, 0, 400),
      drawn(['young', 'old'], { seed: 1 }, 0, 400),
    ]);
    const agree = (a: readonly string[], b: readonly string[], same: Record<string, string>): number =>
      a.filter((attribute, i) => b[i] === (same[attribute] ?? attribute)).length;
    for (const count of [agree(own, other, {}), agree(own, age, { female: 'young', male: 'old' })]) {
      expect(Math.abs(count - 200)).toBeLessThan(4 * 10);
    }
  });

  it('steers toward what it drew and away from the others, as SEGA does', async () => {
    const settings = { scale: 3, threshold: 0.8, warmup: 1 };
    const result = async (guidance: ReturnType<typeof chain>): Promise<GenerateResult> =>
      new Run(model, 'a king', { guidance, seed: 7, images: 3 }).result();
    const attributes = ['female', 'male', 'neither'];
    const steered = await result(chain(scale(2), fair(attributes, { ...settings, momentum: { scale: 0 } })));
    const drawn = steered.applied[0]!.drawn as readonly string[];
    for (const [item, attribute] of drawn.entries()) {
      const concepts = attributes.map((text) =>
        text === attribute ? toward(text, settings) : away(text, { ...settings, weight: 0.5 }),
      );
      const alone = await generate(model, 'a king', {
        guidance: chain(scale(2), semantic(concepts)),
        seed: 7 + item,
      });
      expect(alone.images[0]).toEqual(steered.images[item]);
    }
  });

  it('says in the result what it drew', async () => {
    const { applied } = await draw(['female', 'male'], { proportions: [1, 3], seed: 5 }, 0, 2);
    expect(applied).toEqual([
      {
        method: 'fair',
        stage: 'base',
        attributes: ['female', 'male'],
        proportions: [0.25, 0.75],
        seed: 5,
        drawn: [expect.stringMatching(/^(fe)?male$/), expect.stringMatching(/^(fe)?male$/)],
      },
    ]);
  });

  it('refuses what it cannot honour when it is made', () => {
    for (const attributes of [[], ['female'], ['a', 'b', 'a'], 'female' as never]) {
      expect(() => fair(attributes)).toThrow(withCode('OPTION_INVALID'));
    }
    expect(() => fair(['female', ' '])).toThrow(withCode('PROMPT_EMPTY'));
    for (const proportions of [[1], [1, -1], [0, 0], [Number.NaN, 1], [1, Number.POSITIVE_INFINITY], [1, 1, 1]]) {
      expect(() => fair(['a', 'b'], { proportions }), `${proportions}`).toThrow(withCode('OPTION_INVALID'));
    }
    for (const seed of [-1, 0.5, Number.NaN])
      expect(() => fair(['a', 'b'], { seed })).toThrow(withCode('SEED_INVALID'));
    for (const options of [{ scale: 0 }, { threshold: 2 }, { warmup: 3, cooldown: 2 }, { momentum: { scale: 2 } }]) {
      expect(() => fair(['a', 'b'], options)).toThrow(withCode('OPTION_INVALID'));
    }
  });
});
