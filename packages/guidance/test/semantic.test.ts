import {
  away,
  type Branch,
  type Concept,
  chain,
  type Mask,
  type SemanticOptions,
  type Step,
  scale,
  semantic,
  toward,
} from '@sega/guidance';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Drive, type DrivenStep, driveAll, driving, estimates, wavesOf } from './drive.js';

const shape = [1, 2, 4, 4];
const predict = wavesOf(shape);
const drive: Drive = { shape, steps: 8, predict };
const momentum = { scale: 0.3, beta: 0.6 };
const run = (concepts: readonly Concept[], options?: SemanticOptions): Promise<readonly Float32Array[]> =>
  estimates(chain(scale(7.5), semantic(concepts, options)), drive);
const asked = async (concepts: readonly Concept[], options?: SemanticOptions): Promise<(readonly string[])[]> =>
  (await driveAll(semantic(concepts, options), drive)).map((step) =>
    step.asked.filter((branch) => branch !== 'prompt').map((branch) => branch.replace('concept:', '')),
  );
const expectClose = (a: readonly Float32Array[], b: readonly Float32Array[]): void => {
  a.forEach((values, index) => {
    expect(Math.max(...values.map((value, i) => Math.abs(value - b[index]![i]!)))).toBeLessThan(1e-4);
  });
};

/** γ of one concept by the definition: sort each channel's magnitudes, keep the tail. */
function tailOf(concept: Concept, step: Step): number[] {
  const u = predict('unconditional', step);
  const scaled = [...predict(`concept:${concept.text}`, step)].map(
    (value, i) => (concept.scale as number) * (value - u[i]!),
  );
  return [0, 1].flatMap((channel) => {
    const group = scaled.slice(channel * 16, channel * 16 + 16);
    const sorted = group.map(Math.abs).sort((a, b) => a - b);
    const bound = sorted[Math.ceil(Math.fround((concept.threshold as number) * 15))]!;
    return group.map((value) => (Math.abs(value) >= bound ? value : 0));
  });
}

describe('semantic', () => {
  it('follows the paper: warm-ups, weights as given, momentum from all concepts once all are warm, cool-downs', async () => {
    const concepts = [
      toward('a', { scale: 4, threshold: 0.8, warmup: 1, cooldown: 6, weight: 0.5 }),
      away('b', { scale: 3, threshold: 0.5, warmup: 3, cooldown: 7, weight: 2 }),
    ];
    const results = await run(concepts, { momentum });
    let nu = new Array<number>(32).fill(0);
    results.forEach((estimate, index) => {
      const step: Step = { index, count: 8, timestep: 0, alpha: 1, sigma: 1 };
      const [u, c] = [predict('unconditional', step), predict('prompt', step)];
      const gammas = concepts.map((concept) => tailOf(concept, step));
      const sumOf = (included: (concept: Concept) => boolean): number[] =>
        nu.map((_, i) =>
          concepts.reduce(
            (sum, concept, k) => sum + (included(concept) ? (concept.weight as number) * gammas[k]![i]! : 0),
            0,
          ),
        );
      const uncooled = sumOf((concept) => index < concept.cooldown!);
      const fed = uncooled.map((value, i) => value + momentum.scale * nu[i]!);
      const acting = sumOf((concept) => index >= concept.warmup! && index < concept.cooldown!);
      const added = index >= 7 ? nu.map(() => 0) : index >= 3 ? fed : acting;
      estimate.forEach((value, i) => {
        expect(value).toBeCloseTo(u[i]! + 7.5 * (c[i]! - u[i]!) + added[i]!, 3);
      });
      nu = nu.map((value, i) => momentum.beta * value + (1 - momentum.beta) * fed[i]!);
    });
  });

  it('asks for a concept only while it acts when no momentum builds', async () => {
    const concepts = [toward('a', { warmup: 2, cooldown: 5 }), away('b', { warmup: 4 })];
    const [none, a, ab, b] = [[], ['unconditional', 'a'], ['unconditional', 'a', 'b'], ['unconditional', 'b']];
    expect((await asked(concepts)).map((names) => names.toSorted())).toEqual(
      [none, none, a, a, ab, b, b, b].map((names) => names.toSorted()),
    );
  });

  it('asks for concepts from the first step when momentum builds, and for none after the last cool-down', async () => {
    const concepts = [toward('a', { warmup: 2, cooldown: 5 })];
    expect((await asked(concepts, { momentum })).map((names) => names.length)).toEqual([2, 2, 2, 2, 2, 0, 0, 0]);
  });

  it('does not build momentum that no step would add', async () => {
    const concepts = [toward('a', { warmup: 2, cooldown: 4 }), toward('b', { warmup: 6 })];
    expect(
      (await asked([concepts[0]!, { ...concepts[1]!, warmup: 9 }], { momentum })).map((names) => names.length),
    ).toEqual([0, 0, 2, 2, 0, 0, 0, 0]);
  });

  it('gives the same pictures whether or not concepts are predicted where they are not needed', async () => {
    const concepts = [toward('a', { warmup: 2, cooldown: 5 })];
    const edit = semantic(concepts);
    const eager = { ...edit, branches: (): Branch[] => ['unconditional', 'prompt', 'concept:a'] };
    expect(await estimates(chain(scale(2), eager), drive)).toEqual(await estimates(chain(scale(2), edit), drive));
  });

  it('asks for nothing and changes nothing with scale 0 or weight 0, whatever else it is told', async () => {
    const silent = [
      toward('x', { scale: 0, warmup: 5 }),
      away('y', { weight: 0 }),
      toward('z', { scale: [0], warmup: 3 }),
    ];
    expect((await asked(silent, { momentum })).flat()).toEqual([]);
    const heard = [toward('a', { warmup: 1 }), away('b', { warmup: 2 })];
    expect(await run([...silent, ...heard], { momentum })).toEqual(await run(heard, { momentum }));
  });

  it('warms up for a fifth of the run by default', async () => {
    expect((await asked([toward('a')])).map((names) => names.length)).toEqual([0, 0, 2, 2, 2, 2, 2, 2]);
  });

  it('changes nothing, bit for bit, when concepts are permuted', async () => {
    const concept = fc.record({
      text: fc.constantFrom('a', 'b', 'c', 'd'),
      scale: fc.integer({ min: -8, max: 8 }),
      threshold: fc.constantFrom(0, 0.5, 0.9, 1),
      warmup: fc.integer({ min: 0, max: 3 }),
      weight: fc.constantFrom(0, 0.7, 1, 2),
    });
    const lists = fc.array(concept, { minLength: 2, maxLength: 4 });
    const mode = fc.constantFrom({ momentum }, {}, { compat: 'diffusers' } as const);
    await fc.assert(
      fc.asyncProperty(lists, mode, fc.nat(), async (list, options, turn) => {
        const concepts = list.map(({ text, ...settings }) => toward(text, settings));
        const at = turn % concepts.length;
        const permuted = [...concepts.slice(at), ...concepts.slice(0, at)].reverse();
        expect(await run(permuted, options)).toEqual(await run(concepts, options));
      }),
      { numRuns: 15 },
    );
  });

  it('takes settings for each picture', async () => {
    const batch: Drive = { ...drive, shape: [2, 2, 4, 4], steps: 3, predict: wavesOf([2, 2, 4, 4]) };
    const mixed = semantic([toward('a', { scale: [5, -2], threshold: [0.5, 0.9], weight: [1, 0.5], warmup: 0 })], {
      momentum,
    });
    const alone = (item: number, concept: Concept): Promise<readonly Float32Array[]> =>
      estimates(semantic([concept], { momentum }), {
        ...batch,
        shape,
        predict: (branch, step) => batch.predict(branch, step).slice(item * 32, item * 32 + 32),
      });
    const one = await alone(0, toward('a', { scale: 5, threshold: 0.5, warmup: 0 }));
    const two = await alone(1, away('a', { scale: 2, threshold: 0.9, weight: 0.5, warmup: 0 }));
    (await estimates(mixed, batch)).forEach((estimate, index) => {
      expect(estimate).toEqual(Float32Array.of(...one[index]!, ...two[index]!));
    });
    await expect(estimates(semantic([toward('a', { scale: [1, 2, 3] })]), batch)).rejects.toMatchObject({
      code: 'OPTION_INVALID',
    });
  });

  it('shares one threshold over the whole picture with mask joint', async () => {
    const concepts = [toward('a', { threshold: 1, warmup: 0 })];
    const kept = async (mask: Mask): Promise<number> => {
      const [edited] = await run(concepts, { mask });
      const [plain] = await estimates(scale(7.5), drive);
      return edited!.filter((value, i) => value !== plain![i]).length;
    };
    expect(await kept('element')).toBe(2);
    expect(await kept('joint')).toBe(1);
  });

  it('does not mix two runs of one guidance that take turns', async () => {
    const guidance = chain(scale(3), semantic([toward('a', { warmup: 1 })], { momentum }));
    const other: Drive = { ...drive, predict: (branch, step) => predict(branch, { ...step, index: 7 - step.index }) };
    const [one, two] = [driving(guidance, drive), driving(guidance, other)];
    const taken: [DrivenStep[], DrivenStep[]] = [[], []];
    for (let index = 0; index < 8; index++) {
      taken[0].push((await one.next()).value as DrivenStep);
      taken[1].push((await two.next()).value as DrivenStep);
    }
    expect(taken[0].map(({ estimate }) => estimate)).toEqual(await estimates(guidance, drive));
    expect(taken[1].map(({ estimate }) => estimate)).toEqual(await estimates(guidance, other));
  });

  it('warns of a concept whose warm-up is longer than the run', async () => {
    const warnings: string[] = [];
    await estimates(semantic([toward('a', { warmup: 8 })]), { ...drive, warnings });
    expect(warnings).toEqual([expect.stringContaining('"a" never acts')]);
  });

  it('refuses settings out of range, naming the option', async () => {
    const refused = (option: string, make: () => unknown): void =>
      expect(make).toThrow(
        expect.objectContaining({ code: 'OPTION_INVALID', details: expect.objectContaining({ option }) }),
      );
    refused('scale', () => toward('a', { scale: Number.NaN }));
    refused('threshold', () => away('a', { threshold: 1.5 }));
    refused('threshold', () => toward('a', { threshold: [0.5, -0.1] }));
    refused('warmup', () => toward('a', { warmup: 1.5 }));
    refused('cooldown', () => toward('a', { warmup: 5, cooldown: 5 }));
    refused('weight', () => toward('a', { weight: -1 }));
    refused('momentum.scale', () => semantic([], { momentum: { scale: 1.1 } }));
    refused('momentum.beta', () => semantic([], { momentum: { scale: 0.1, beta: Number.NaN } }));
    expect(() => toward(' ')).toThrow(expect.objectContaining({ code: 'PROMPT_EMPTY' }));
    await expect(run([toward('a', { cooldown: 2 })])).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });

  it('turns a concept around with a negative scale', async () => {
    expect(toward('a', { scale: -4 })).toEqual(away('a', { scale: 4 }));
  });
});

describe("semantic with compat 'diffusers'", () => {
  const two = [toward('a', { warmup: 1, weight: 0.5 }), toward('b', { warmup: 3 })];
  const edit = (concepts: readonly Concept[], options: SemanticOptions): Promise<readonly Float32Array[]> =>
    run(concepts, { momentum: { scale: 0 }, ...options });

  it('divides the weights of the warm concepts by their sum while others are not warm', async () => {
    const paper = await edit([toward('a', { warmup: 1, weight: 1 }), toward('b', { warmup: 3 })], {});
    const compat = await edit(two, { compat: 'diffusers' });
    expectClose(compat.slice(1, 3), paper.slice(1, 3));
    expectClose(compat.slice(3), (await edit(two, {})).slice(3));
  });

  it('lets momentum outlive the cool-down', async () => {
    const concepts = [toward('a', { warmup: 0, cooldown: 4 })];
    const plain = await estimates(scale(7.5), drive);
    expect((await run(concepts, { momentum })).slice(4)).toEqual(plain.slice(4));
    expect((await run(concepts, { momentum, compat: 'diffusers' }))[4]).not.toEqual(plain[4]);
  });

  it('reproduces 0/0 with a warning, where the default stays finite', async () => {
    const concepts = [toward('a', { warmup: 1, cooldown: 3 }), toward('b', { warmup: 6 })];
    const warnings: string[] = [];
    const compat = await estimates(semantic(concepts, { compat: 'diffusers' }), { ...drive, warnings });
    expect(compat.map((values) => values.every(Number.isFinite))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
      true,
      true,
    ]);
    expect(warnings).toEqual([expect.stringContaining('steps 3 to 5')]);
    expect((await run(concepts, { momentum })).every((values) => values.every(Number.isFinite))).toBe(true);
  });
});
