import {
  away,
  type Branch,
  CpuTensor,
  chain,
  type Guidance,
  GuidanceError,
  generate,
  type Model,
  Predictions,
  Recording,
  Run,
  type RunStep,
  record,
  replay,
  scale,
  semantic,
  toward,
} from '@sega/guidance';
import { referenceModel } from '@sega/guidance/testkit';
import { describe, expect, it } from 'vitest';

const means: Record<string, number> = { '': 0.3, king: 1.1, queen: -0.4 };
const points = { mean: (text: string): number => means[text] ?? 0 };
const withCode = (code: string): unknown => expect.objectContaining({ code });

async function lastState(run: Run): Promise<Float32Array> {
  let state = new Float32Array();
  for await (const step of run) state = new Float32Array(await step.state());
  return state;
}

describe('generate on the reference model', () => {
  it('ends at μ_u + w·(μ_c − μ_u)', async () => {
    for (const w of [0, 1, 2, 7.5]) {
      const state = await lastState(new Run(referenceModel(points), 'king', { guidance: scale(w) }));
      for (const value of state) expect(value).toBeCloseTo(0.3 + w * 0.8, 4);
    }
  });

  it.each(['velocity', 'sample', 'flow'] as const)(
    'ends there in %s space too, with concepts and their momentum',
    async (space) => {
      const guidance = chain(
        scale(3),
        semantic([toward('queen', { warmup: 1 }), away('beard', { warmup: 2 })], { momentum: { scale: 0.3 } }),
      );
      const [expected, found] = await Promise.all(
        (['epsilon', space] as const).map((own) =>
          lastState(new Run(referenceModel({ space: own, spread: 0.5 }), 'king', { guidance })),
        ),
      );
      expect(Math.max(...found!.map((value, i) => Math.abs(value - expected![i]!)))).toBeLessThan(1e-3);
    },
  );

  it('uses the model’s own scale and steps when told nothing', async () => {
    const { images, evaluations, seeds } = await generate(referenceModel(), 'king');
    expect(images).toHaveLength(1);
    expect(images[0]).toMatchObject({ width: 8, height: 8 });
    expect(evaluations).toEqual({ base: { unconditional: 10, prompt: 10 } });
    expect(seeds).toEqual([0]);
  });

  it('costs 80 rows for 25 steps and two concepts warm from step 5 until 20, and those are the rows the network saw', async () => {
    const model = referenceModel();
    const settings = { warmup: 5, cooldown: 20 };
    const guidance = chain(
      scale(7.5),
      semantic([away('male', settings), toward('female', settings)], { momentum: { scale: 0 } }),
    );
    const { evaluations } = await generate(model, 'a portrait of a king', { guidance, steps: 25 });
    expect(evaluations.base).toEqual({ unconditional: 25, prompt: 25, 'concept:female': 15, 'concept:male': 15 });
    expect(Object.values(evaluations.base!).reduce((sum, rows) => sum + rows)).toBe(80);
    expect(model.rows).toHaveLength(80);
  });

  it('gives one picture per prompt and image, each as if made alone', async () => {
    const model = referenceModel();
    const guidance = chain(scale(4), semantic([toward('smile')], { momentum: { scale: 0.2 } }));
    const { images, seeds } = await generate(model, ['king', 'queen'], { guidance, images: 2, seed: 7 });
    expect(seeds).toEqual([7, 8, 9, 10]);
    const alone = await generate(model, 'queen', { guidance, seed: 9 });
    expect(images[2]).toEqual(alone.images[0]);
  });

  it('takes a list of methods as a chain', async () => {
    const methods = [scale(3), semantic([toward('smile')])];
    const [listed, chained] = await Promise.all(
      [methods, chain(...methods)].map((guidance) => generate(referenceModel(), 'king', { guidance })),
    );
    expect(listed!.images).toEqual(chained!.images);
  });

  it('encodes every text once, before the first step, and none that no step needs', async () => {
    const model = referenceModel();
    const guidance = semantic([toward('smile'), toward('late', { warmup: 30 }), away('off', { scale: 0 })]);
    const run = new Run(model, ['king', 'king', 'queen'], { guidance });
    await run[Symbol.asyncIterator]().next();
    expect(model.encoded.toSorted()).toEqual(['', 'king', 'queen', 'smile']);
    const { warnings } = await run.result();
    expect(warnings).toEqual([expect.stringContaining('"late" never acts')]);
  });

  it('refuses guidance that cannot be honoured before anything is encoded', async () => {
    const model = referenceModel();
    const guidance = semantic([toward('smile', { cooldown: 1 })]);
    await expect(generate(model, 'king', { guidance })).rejects.toThrow(withCode('OPTION_INVALID'));
    expect(model.encoded).toEqual([]);
  });

  it('repeats a recorded run bit for bit', async () => {
    const recording = new Recording();
    const edit = semantic([toward('smile')], { momentum: { scale: 0.3 } });
    const original = new Run(referenceModel(), 'king', { guidance: [scale(5), record(edit, recording)], seed: 3 });
    const expected = await lastState(original);
    const repeated = new Run(referenceModel(), 'king', { guidance: [scale(5), replay(recording.trace)], seed: 3 });
    expect(await lastState(repeated)).toEqual(expected);
    expect((await repeated.result()).warnings).toEqual([]);
  });

  it('two runs of one guidance that take turns do not mix', async () => {
    const guidance = chain(scale(5), semantic([toward('smile')], { momentum: { scale: 0.5 } }));
    const model = referenceModel();
    const runs = [1, 2].map((seed) => new Run(model, 'king', { guidance, seed }));
    const iterators = runs.map((run) => run[Symbol.asyncIterator]());
    for (let index = 0; index < 10; index++) for (const iterator of iterators) await iterator.next();
    const together = await Promise.all(runs.map((run) => run.result()));
    for (const [i, seed] of [1, 2].entries()) {
      expect(together[i]!.images).toEqual((await generate(model, 'king', { guidance, seed })).images);
    }
  });
});

describe('Run', () => {
  it('shows each step: branches, direction, state and a preview', async () => {
    const run = new Run(referenceModel(points), 'king', { guidance: scale(2), steps: 4 });
    const seen: number[] = [];
    for await (const { step, stage, branches, preview, direction } of run) {
      seen.push(step.index);
      expect(stage).toBe('base');
      expect(branches).toEqual(['unconditional', 'prompt']);
      expect((await preview())[0]).toMatchObject({ width: 8 });
      for (const value of await direction()) expect(value * step.sigma).toBeCloseTo(2 * (0.3 - 1.1), 3);
    }
    expect(seen).toEqual([0, 1, 2, 3]);
    expect(run.steps).toBe(4);
  });

  it('result runs whatever steps are left', async () => {
    const run = new Run(referenceModel(), 'king', { seed: 5 });
    const iterator = run[Symbol.asyncIterator]();
    await iterator.next();
    await iterator.next();
    expect((await run.result()).images).toEqual((await generate(referenceModel(), 'king', { seed: 5 })).images);
    expect((await run.result()).evaluations.base!.prompt).toBe(10);
  });

  it('ends when its loop is left, or its iterator closed before the first step', async () => {
    const left = new Run(referenceModel(), 'king');
    for await (const { step } of left) if (step.index === 2) break;
    await expect(left.result()).rejects.toThrow(withCode('ABORTED'));
    const closed = new Run(referenceModel(), 'king');
    await closed[Symbol.asyncIterator]().return!();
    await expect(closed.result()).rejects.toThrow(withCode('ABORTED'));
  });

  it('can be iterated once', () => {
    const run = new Run(referenceModel(), 'king');
    run[Symbol.asyncIterator]();
    expect(() => run[Symbol.asyncIterator]()).toThrow(withCode('UNSUPPORTED'));
  });

  it('aborts between two steps with the signal’s reason as cause', async () => {
    const controller = new AbortController();
    const model = referenceModel();
    const run = new Run(model, 'king', { signal: controller.signal });
    const steps: RunStep[] = [];
    const reason = new Error('enough');
    const iterate = async (): Promise<void> => {
      for await (const step of run) if (steps.push(step) === 3) controller.abort(reason);
    };
    await expect(iterate()).rejects.toThrow(expect.objectContaining({ code: 'ABORTED', cause: reason }));
    expect(model.rows).toHaveLength(6);
    await expect(run.result()).rejects.toThrow(withCode('ABORTED'));
    await expect(generate(model, 'king', { signal: controller.signal })).rejects.toThrow(withCode('ABORTED'));
    expect(model.rows).toHaveLength(6);
  });

  it('a step’s tensors are gone once the next step is asked for', async () => {
    const steps: RunStep[] = [];
    for await (const step of new Run(referenceModel(), 'king', { steps: 3 })) steps.push(step);
    await expect(steps[0]!.preview()).rejects.toThrow(withCode('DISPOSED'));
  });

  it('refuses requests it cannot honour', () => {
    const refused = (code: string, make: () => unknown): void => expect(make).toThrow(withCode(code));
    const model = referenceModel();
    refused('OPTION_INVALID', () => new Run(model, []));
    refused('OPTION_INVALID', () => new Run(model, 'king', { steps: 0 }));
    refused('OPTION_INVALID', () => new Run(model, 'king', { steps: 1e6 }));
    refused('OPTION_INVALID', () => new Run(model, 'king', { images: 1.5 }));
    refused('SEED_INVALID', () => new Run(model, 'king', { seed: 2 ** 53 }));
    refused('SEED_INVALID', () => new Run(model, 'king', { seed: 2 ** 53 - 1, images: 2 }));
    refused('SAMPLER_UNKNOWN', () => new Run(model, 'king', { sampler: 'guess' }));
  });

  it('warns of an empty prompt', async () => {
    const { warnings } = await generate(referenceModel(), '');
    expect(warnings).toEqual([expect.stringContaining('empty')]);
  });

  it('refuses predictions of the wrong shape, naming the branch', async () => {
    const model = withPrediction(() => new CpuTensor([1, 3], new Float32Array(3)));
    await expect(generate(model, 'king')).rejects.toMatchObject({
      code: 'PREDICTION_SHAPE',
      details: { branch: 'unconditional', received: [1, 3], expected: [1, 3, 8, 8] },
    });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'names the stage, step and branch whose prediction holds %f, by predicting again',
    async (odd) => {
      let predicted = 0;
      // The third step of either pass fails on its last branch.
      const model = withPrediction(
        (shape) => new CpuTensor(shape, new Float32Array(192).fill(predicted++ % 12 < 5 ? 0.1 : odd)),
      );
      await expect(generate(model, 'king', { steps: 6 })).rejects.toMatchObject({
        code: 'NOT_FINITE',
        details: { stage: 'base', step: 2, branch: 'prompt' },
      });
    },
  );

  it('names the step whose guidance overflows', async () => {
    const guidance = scale(Number.MAX_VALUE);
    await expect(generate(referenceModel(), 'king', { steps: 3, guidance })).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringContaining('step 0, guided prediction'),
      details: { step: 0, branch: undefined },
    });
  });

  it('calls finish once, after the last step', async () => {
    const calls: string[] = [];
    const watcher: Guidance<void> = {
      name: 'watcher',
      branches: () => [],
      init: () => undefined,
      update: (direction, _predictions, step) => {
        calls.push(`step ${step.index}`);
        return direction;
      },
      finish: async () => {
        calls.push('finish');
      },
    };
    await generate(referenceModel(), 'king', { guidance: chain(watcher), steps: 2 });
    expect(calls).toEqual(['step 0', 'step 1', 'finish']);
  });
});

describe('GuidanceError', () => {
  it('is recognised across copies of the package by its marker', () => {
    const error = new GuidanceError('UNSUPPORTED', 'no', { why: 1 });
    expect(GuidanceError.isInstance(error)).toBe(true);
    expect(GuidanceError.isInstance({ [Symbol.for('sega.error')]: true })).toBe(true);
    expect(GuidanceError.isInstance(new Error('no'))).toBe(false);
    expect(error).toMatchObject({ name: 'GuidanceError', code: 'UNSUPPORTED', details: { why: 1 } });
  });
});

/** The reference model with a network that always answers the same. */
function withPrediction(answer: (shape: readonly number[]) => CpuTensor): Model {
  const model = referenceModel();
  const [stage] = model.stages;
  const predict = async (
    x: { shape: readonly number[] },
    _step: unknown,
    branches: readonly { branch: Branch }[],
  ): Promise<Predictions> =>
    new Predictions(new Map(branches.map(({ branch }) => [branch, { value: answer(x.shape) }])));
  return { ...model, stages: [{ ...stage!, predict }] };
}
