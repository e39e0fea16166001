import {
  and,
  type Branch,
  chain,
  composable,
  type Guidance,
  interval,
  negativePrompt,
  not,
  rescale,
  safeLatent,
  scale,
  semantic,
  toward,
} from '@sega/guidance';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Drive, driveAll, estimates, wavesOf } from './drive.js';

const shape = [2, 3, 4, 4];
const predict = wavesOf(shape);
const drive: Drive = { shape, steps: 4, predict };
const first = async (guidance: Guidance): Promise<Float32Array> => (await estimates(guidance, drive))[0]!;
const at = (branch: Branch): Float32Array =>
  predict(branch, { index: 0, count: 4, timestep: 999, sigma: 10, alpha: 0.1 });
const expectClose = (a: Float32Array, b: Float32Array): void => {
  expect(Math.max(...a.map((value, i) => Math.abs(value - b[i]!)))).toBeLessThan(1e-4);
};

describe('scale', () => {
  it("scale(1) returns the prompt's prediction bit for bit and asks for nothing else", async () => {
    const [step] = await driveAll(scale(1), drive);
    expect(step!.estimate).toEqual(at('prompt'));
    expect(step!.asked).toEqual(['prompt']);
  });

  it('scale(0) returns the unconditional prediction bit for bit and asks for nothing else', async () => {
    const [step] = await driveAll(scale(0), drive);
    expect(step!.estimate).toEqual(at('unconditional'));
    expect(step!.asked).toEqual(['unconditional']);
  });

  it('scale takes one weight for each picture', async () => {
    const mixed = await first(scale([1, 3]));
    expect(mixed.slice(0, 48)).toEqual((await first(scale(1))).slice(0, 48));
    expect(mixed.slice(48)).toEqual((await first(scale(3))).slice(48));
  });

  it('refuses a scale that is not finite, and a list of the wrong length', async () => {
    expect(() => scale(Number.NaN)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
    await expect(first(scale([1, 2, 3]))).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});

describe('chain', () => {
  it('scales multiply, and an empty chain returns the prompt’s prediction', async () => {
    expectClose(await first(chain(scale(2), scale(3))), await first(scale(6)));
    expect(await first(chain())).toEqual(at('prompt'));
  });
});

describe('rescale', () => {
  it('gives the estimate the deviation of the prompt’s prediction at share 1', async () => {
    const deviation = (x: Float32Array): number => {
      const mean = x.reduce((sum, value) => sum + value) / x.length;
      return Math.sqrt(x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (x.length - 1));
    };
    const estimate = await first(chain(scale(9), rescale(1)));
    for (const [start, end] of [
      [0, 48],
      [48, 96],
    ] as const) {
      expect(deviation(estimate.slice(start, end))).toBeCloseTo(deviation(at('prompt').slice(start, end)), 5);
    }
  });

  it('changes nothing at share 0 or scale 1', async () => {
    expect(await first(chain(scale(9), rescale(0)))).toEqual(await first(scale(9)));
    expect(await first(chain(scale(1), rescale(0.7)))).toEqual(at('prompt'));
  });

  it('stays finite for a constant estimate', async () => {
    const flat: Drive = { shape: [1, 1, 2, 2], steps: 1, predict: () => new Float32Array(4) };
    expect((await estimates(chain(scale(3), rescale(1)), flat))[0]).toEqual(new Float32Array(4));
  });
});

describe('composable', () => {
  it('changes nothing when its terms are permuted', async () => {
    const terms = [and('a', 2), not('b', 3.3), and('c', [0.1, 7])];
    const expected = await first(chain(scale(7.5), composable(terms)));
    expect(await first(chain(scale(7.5), composable(terms.toReversed())))).toEqual(expected);
  });

  it('is what semantic is at threshold 0 without momentum', async () => {
    const edit = semantic([toward('a', { scale: 3, threshold: 0, warmup: 0 })]);
    expectClose(await first(chain(scale(4), edit)), await first(chain(scale(4), composable([and('a', 3)]))));
  });

  it('asks for no term of weight 0', async () => {
    const [step] = await driveAll(composable([and('a', 0), not('b', [0, 0])]), drive);
    expect(step!.asked).toEqual(['prompt']);
  });

  it('refuses an empty text and a weight that is not finite', () => {
    expect(() => and(' ', 1)).toThrow(expect.objectContaining({ code: 'PROMPT_EMPTY' }));
    expect(() => not('a', Number.NaN)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });
});

describe('interval', () => {
  it('asks for nothing and changes nothing outside a fraction of the steps', async () => {
    const steps = await driveAll(interval(scale(5), { fraction: [0.25, 0.75] }), drive);
    expect(steps.map(({ asked }) => asked.length)).toEqual([1, 2, 2, 1]);
    expect(steps[0]!.estimate).toEqual(at('prompt'));
    expect(steps[1]!.estimate).toEqual((await estimates(scale(5), drive))[1]);
  });

  it('acts where sigma lies above the lower bound and up to the upper one', async () => {
    const sigmas = [10, 10 * 0.01 ** 0.25, 1, 10 * 0.01 ** 0.75];
    const steps = await driveAll(interval(scale(5), { sigma: [1, sigmas[1]!] }), drive);
    expect(steps.map(({ asked }) => asked.length)).toEqual([1, 2, 1, 1]);
    const open = await driveAll(interval(scale(5), { sigma: [0.5, Number.POSITIVE_INFINITY] }), drive);
    expect(open.map(({ asked }) => asked.length)).toEqual([2, 2, 2, 1]);
  });

  it('lets the state of its method rest outside', async () => {
    const edit = semantic([toward('a', { warmup: 0 })], { momentum: { scale: 0.5 } });
    const late = (await estimates(interval(edit, { fraction: [0.5, 1] }), drive))[2];
    const fresh = await estimates(edit, {
      ...drive,
      steps: 2,
      predict: (branch, step) => predict(branch, { ...step, index: step.index + 2 }),
    });
    expect(late).toEqual(fresh[0]);
  });

  it('refuses bounds that do not rise or leave their range', () => {
    for (const range of [
      { sigma: [2, 1] },
      { fraction: [0, 1.5] },
      { fraction: [0.5, 0.5] },
      { sigma: [-1, 2] },
    ] as const) {
      expect(() => interval(scale(2), range)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
    }
  });
});

describe('negativePrompt', () => {
  const reordered = (branch: Branch, step: Parameters<typeof predict>[1]): Float32Array =>
    predict(branch === 'unconditional' ? 'negative:bad' : branch, step);

  it('puts the negative text in the unconditional branch’s place', async () => {
    const edit = semantic([toward('a', { warmup: 0 })], { momentum: { scale: 0.3 } });
    const inner = chain(scale(7.5), edit, rescale(0.5));
    const steps = await driveAll(negativePrompt('bad', inner), drive);
    const expected = await estimates(inner, { ...drive, predict: reordered });
    steps.forEach(({ asked, estimate }, index) => {
      expect(new Set(asked)).toEqual(new Set(['prompt', 'negative:bad', 'concept:a']));
      expect(estimate).toEqual(expected[index]);
    });
  });

  it('leaves what stands outside it measuring from the unconditional prediction', async () => {
    const terms = composable([and('a', 2)]);
    const estimate = await first(chain(negativePrompt('bad', scale(5)), terms));
    const [u, c, n, a] = (['unconditional', 'prompt', 'negative:bad', 'concept:a'] as const).map(at) as Float32Array[];
    expectClose(
      estimate,
      u!.map((_, i) => n![i]! + 5 * (c![i]! - n![i]!) + 2 * (a![i]! - u![i]!)),
    );
  });

  it('continues from what stands before it', async () => {
    const estimate = await first(chain(scale(2), negativePrompt('bad', scale(3))));
    const [u, c, n] = (['unconditional', 'prompt', 'negative:bad'] as const).map(at) as Float32Array[];
    expectClose(
      estimate,
      u!.map((_, i) => n![i]! + 3 * (u![i]! + 2 * (c![i]! - u![i]!) - n![i]!)),
    );
  });

  it('nests', async () => {
    const estimate = await first(negativePrompt('outer', negativePrompt('bad', scale(3))));
    expect(estimate).toEqual(await first(negativePrompt('bad', scale(3))));
  });

  it('warns that it has no effect at scale 1', async () => {
    const warnings: string[] = [];
    await estimates(negativePrompt('bad', scale(1)), { ...drive, warnings });
    expect(warnings).toEqual([expect.stringContaining('"bad" had no effect')]);
  });

  it('with an empty text is the method it encloses', () => {
    const inner = scale(3);
    expect(negativePrompt('', inner)).toBe(inner);
  });
});

describe('safeLatent', () => {
  it('asks for its text from the warm-up on, and from the first step with momentum', async () => {
    const asked = async (settings: Parameters<typeof safeLatent>[0]): Promise<number[]> =>
      (await driveAll(safeLatent(settings), drive)).map((step) => step.asked.length);
    expect(await asked({ warmup: 2, momentum: { scale: 0 } })).toEqual([1, 1, 3, 3]);
    expect(await asked({ warmup: 2 })).toEqual([3, 3, 3, 3]);
    expect(await asked({ warmup: 2, scale: 0 })).toEqual([1, 1, 1, 1]);
  });

  it('holds at scale 1', async () => {
    expect(await first(chain(safeLatent('max'), scale(1)))).not.toEqual(at('prompt'));
  });

  it('warns when its warm-up is longer than the run', async () => {
    const warnings: string[] = [];
    await estimates(safeLatent('weak'), { ...drive, warnings });
    expect(warnings).toEqual([expect.stringContaining('never acts')]);
  });

  it('refuses unknown presets and settings out of range', () => {
    for (const settings of [
      'harsh' as 'max',
      { scale: -1 },
      { threshold: Number.NaN },
      { warmup: 0.5 },
      { momentum: { scale: 2 } },
    ]) {
      expect(() => safeLatent(settings)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
    }
    expect(() => safeLatent({ text: '' })).toThrow(expect.objectContaining({ code: 'PROMPT_EMPTY' }));
  });
});

describe('every method', () => {
  it('treats a batch as a loop over its pictures', async () => {
    const inner = chain(
      safeLatent({ warmup: 1 }),
      scale(6),
      semantic([toward('a', { warmup: 1 }), toward('b', { warmup: 0, scale: -4 })], { momentum: { scale: 0.4 } }),
      composable([not('c', 2)]),
      rescale(0.6),
    );
    const guidance = negativePrompt('bad', interval(inner, { fraction: [0, 0.8] }));
    const batch = await estimates(guidance, drive);
    for (const item of [0, 1]) {
      const alone = await estimates(guidance, {
        ...drive,
        shape: [1, 3, 4, 4],
        predict: (branch, step) => predict(branch, step).slice(item * 48, (item + 1) * 48),
      });
      batch.forEach((estimate, index) => {
        expect(estimate.slice(item * 48, (item + 1) * 48)).toEqual(alone[index]);
      });
    }
  });

  it('is linear where it says so: composable of many weights is their sum', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: 1, maxLength: 4 }),
        async (weights) => {
          const guidance = composable(weights.map((weight, k) => and(`t${k}`, weight)));
          const expected = at('prompt').map((value, i) =>
            weights.reduce(
              (sum, weight, k) => sum + weight * (at(`concept:t${k}`)[i]! - at('unconditional')[i]!),
              value,
            ),
          );
          expectClose(await first(guidance), expected);
        },
      ),
      { numRuns: 20 },
    );
  });
});
