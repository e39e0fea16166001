import {
  type CpuTensor,
  chain,
  type GenerateOptions,
  generate,
  imagesFromPlanes,
  type Model,
  Predictions,
  Recording,
  Run,
  record,
  replay,
  type Stage,
  scale,
  semantic,
  type Tensor,
  toward,
} from '@sega/guidance';
import { referenceModel } from '@sega/guidance/testkit';
import { describe, expect, it } from 'vitest';

/** What a stage was asked for. */
interface Asked {
  readonly stage: string;
  readonly branches: readonly string[];
  readonly condition: Tensor | undefined;
}

/** Two stages, 4 × 4 → 8 × 8: the second predicts the picture of its text, and keeps half of what it is conditioned on. */
function cascade(asked: Asked[] = []): Model & { readonly conditioned: Float32Array[]; readonly encoded: string[] } {
  const model = referenceModel({ mean: (text) => (text === '' ? 0 : text.length / 20) });
  const [base] = model.stages;
  const conditioned: Float32Array[] = [];
  const encoded: string[] = [];
  const watched = (stage: Omit<Stage, 'layout' | 'space' | 'sampler'>): Stage => ({
    ...base!,
    ...stage,
    predict: (x, step, branches, ops, condition) => {
      asked.push({ stage: stage.name, branches: branches.map(({ branch }) => branch), condition });
      return stage.predict(x, step, branches, ops, condition);
    },
  });
  const stages = [
    watched({
      name: 'I',
      defaults: { steps: 4, scale: 7 },
      stateShape: ({ width, height, items }) => [items, 3, height / 2, width / 2],
      predict: base!.predict,
    }),
    watched({
      name: 'II',
      defaults: { steps: 3, scale: 4 },
      stateShape: ({ width, height, items }) => [items, 3, height, width],
      condition: (previous, noise, ops) => {
        conditioned.push((previous as CpuTensor).data.slice());
        const large = ops.resize(previous, 8, 8);
        return ops.sum([
          [1, large],
          [0.1, noise.normal(large.shape)],
        ]);
      },
      predict: async (x, step, branches, ops, condition) => {
        const plain = await base!.predict(x, step, branches, ops);
        const shift = (value: Tensor): Tensor =>
          ops.sum([
            [1, value],
            [-0.5 / step.sigma, condition!],
          ]);
        return new Predictions(new Map(plain.branches.map((name) => [name, { value: shift(plain.value(name)) }])));
      },
    }),
  ];
  return {
    ...model,
    stages,
    conditioned,
    encoded,
    encode: async (texts, _warn, stage) => {
      encoded.push(...texts.map((text) => `${stage}: ${text}`));
      return texts.map((text) => ({ text }));
    },
    decode: async (x) => imagesFromPlanes((x as CpuTensor).data, x.shape),
  };
}

const refused = async (code: string, message: RegExp, options: GenerateOptions): Promise<void> => {
  const asked: Asked[] = [];
  const model = cascade(asked);
  await expect(generate(model, 'king', options)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
  expect(asked).toEqual([]);
  expect(model.encoded).toEqual([]);
};

describe('a cascade', () => {
  it('runs its stages in order, each with its own steps, scale and evaluations', async () => {
    const run = new Run(cascade(), 'king');
    const seen: string[] = [];
    for await (const { stage, step } of run) seen.push(`${stage} ${step.index} of ${step.count}`);
    const first = [0, 1, 2, 3].map((index) => `I ${index} of 4`);
    expect(seen).toEqual([...first, ...[0, 1, 2].map((index) => `II ${index} of 3`)]);
    expect(run.steps).toBe(7);
    const { evaluations } = await run.result();
    expect(evaluations).toEqual({ I: { unconditional: 4, prompt: 4 }, II: { unconditional: 3, prompt: 3 } });
  });

  it('gives the pictures of every stage, and previews of any', async () => {
    const run = new Run(cascade(), 'king', { images: 2 });
    for await (const { stage, preview } of run) {
      const side = stage === 'I' ? 4 : 8;
      expect((await preview()).map(({ width, height }) => [width, height])).toEqual([
        [side, side],
        [side, side],
      ]);
    }
    const { images, stageImages } = await run.result();
    expect(Object.keys(stageImages)).toEqual(['I', 'II']);
    expect(stageImages.II).toEqual(images);
    expect(stageImages.I![1]).toMatchObject({ width: 4, height: 4 });
  });

  it('hands a stage the final state of the one before, once, and every step what the stage made of it', async () => {
    const asked: Asked[] = [];
    const model = cascade(asked);
    const run = new Run(model, 'king');
    let last = new Float32Array();
    for await (const { stage, state } of run) if (stage === 'I') last = new Float32Array(await state());
    expect(model.conditioned).toEqual([last]);
    expect(asked.map(({ condition }) => condition === undefined)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(new Set(asked.slice(4).map(({ condition }) => condition)).size).toBe(1);
  });

  it('draws the noise of a stage first and that of its condition second', async () => {
    const model = cascade();
    const drawn: number[] = [];
    const counting: Model = {
      ...model,
      random: (seed) => {
        const source = model.random(seed);
        const normal = (count: number): Float32Array => {
          drawn.push(count);
          return source.normal(count);
        };
        return { ...source, normal };
      },
      stages: model.stages.map((stage) => ({
        ...stage,
        ...(stage.condition && {
          condition: (previous, noise, ops) => {
            const condition = stage.condition!(previous, noise, ops);
            drawn.push(-1);
            return condition;
          },
        }),
      })),
    };
    await generate(counting, 'king');
    expect(drawn).toEqual([48, 192, 192, -1]);
  });

  it('applies one chain to the first stage alone, and to others on request', async () => {
    const guidance = [scale(1), semantic([toward('crown', { warmup: 0 })])];
    const branchesOf = async (stages?: readonly string[]): Promise<Record<string, readonly string[]>> => {
      const { evaluations } = await generate(cascade(), 'king', { guidance, ...(stages && { stages }) });
      return Object.fromEntries(Object.entries(evaluations).map(([stage, counts]) => [stage, Object.keys(counts)]));
    };
    const steered = ['unconditional', 'prompt', 'concept:crown'];
    expect(await branchesOf()).toEqual({ I: steered, II: ['unconditional', 'prompt'] });
    expect(await branchesOf(['II'])).toEqual({ I: ['unconditional', 'prompt'], II: steered });
    expect(await branchesOf(['I', 'II'])).toEqual({ I: steered, II: steered });
    expect(await branchesOf([])).toEqual({ I: ['unconditional', 'prompt'], II: ['unconditional', 'prompt'] });
  });

  it('takes guidance, steps and sampler by stage', async () => {
    const { evaluations } = await generate(cascade(), 'king', {
      guidance: { I: [scale(3), semantic([toward('crown', { warmup: 1 })])], II: scale(1) },
      steps: { II: 2 },
      sampler: { I: 'euler' },
    });
    expect(evaluations).toEqual({ I: { unconditional: 4, prompt: 4, 'concept:crown': 3 }, II: { prompt: 2 } });
    const both = await generate(cascade(), 'king', { steps: 5 });
    expect(Object.values(both.evaluations).map(({ prompt }) => prompt)).toEqual([5, 5]);
  });

  it('encodes for each stage the texts it needs', async () => {
    const model = cascade();
    await generate(model, 'king', { guidance: { I: [scale(1), semantic([toward('crown')])], II: scale(1) } });
    expect(model.encoded.toSorted()).toEqual(['I: ', 'I: crown', 'I: king', 'II: king']);
  });

  it('records a trace of each stage, which no other stage takes', async () => {
    const recording = new Recording();
    const guidance = chain(scale(3), record(semantic([toward('crown')]), recording));
    const run = (options: GenerateOptions): Promise<unknown> =>
      generate(cascade(), 'king', { steps: 4, seed: 3, ...options });
    await run({ guidance, stages: ['I', 'II'] });
    expect(recording.traces.map(({ stage, shape }) => [stage, shape[2]])).toEqual([
      ['I', 4],
      ['II', 8],
    ]);
    const [first] = recording.traces;
    await run({ guidance: [scale(3), replay(first!)] });
    const code = 'TRACE_MISMATCH';
    await expect(run({ guidance: [scale(3), replay(first!)], stages: ['II'] })).rejects.toMatchObject({ code });
  });

  it('starts at a later stage from given pictures', async () => {
    const model = cascade();
    const image = { width: 4, height: 4, data: Uint8Array.from({ length: 48 }, (_, i) => (i * 5) % 256) };
    const { images, evaluations, stageImages } = await generate(model, 'king', {
      from: { stage: 'II', images: [image] },
      guidance: scale(2),
    });
    expect(evaluations).toEqual({ II: { unconditional: 3, prompt: 3 } });
    expect(Object.keys(stageImages)).toEqual(['II']);
    expect(images[0]).toMatchObject({ width: 8, height: 8 });
    const [state] = model.conditioned;
    expect(imagesFromPlanes(state!, [1, 3, 4, 4])).toEqual([image]);
    expect(state![0]).toBe(-1);
  });

  it('refuses stages that are not there, before any work', async () => {
    const guidance = scale(3);
    await refused('STAGE_UNKNOWN', /guidance names stage "III"; it can name "I", "II"/, {
      guidance: { III: guidance },
    });
    await refused('STAGE_UNKNOWN', /stages names stage "base"/, { guidance, stages: ['base'] });
    await refused('STAGE_UNKNOWN', /guidance names stage "II"; it can name "I"/, {
      guidance: { II: guidance },
      stages: ['I'],
    });
    await refused('STAGE_UNKNOWN', /steps names stage "X"/, { steps: { X: 3 } });
    await refused('STAGE_UNKNOWN', /sampler names stage "X"/, { sampler: { X: 'euler' } });
    await refused('STAGE_UNKNOWN', /from names stage "I"; it can name "II"/, { from: { stage: 'I', images: [] } });
    await refused('STAGE_UNKNOWN', /from names stage "x"/, { from: { stage: 'x', images: [] } });
    const image = { width: 4, height: 4, data: new Uint8Array(48) };
    await refused('STAGE_UNKNOWN', /guidance names stage "I"; it can name "II"/, {
      guidance: { I: guidance },
      from: { stage: 'II', images: [image] },
    });
    await expect(generate(referenceModel(), 'king', { from: { stage: 'base', images: [] } })).rejects.toThrow(
      /it can name none/,
    );
  });

  it('refuses pictures of another size or number to start from', async () => {
    const image = (side: number): { width: number; height: number; data: Uint8Array } => {
      return { width: side, height: side, data: new Uint8Array(side * side * 3) };
    };
    const rule = /stage "II" starts from 1 of 4 × 4/;
    await refused('SIZE_UNSUPPORTED', rule, { from: { stage: 'II', images: [image(8)] } });
    await refused('SIZE_UNSUPPORTED', rule, { from: { stage: 'II', images: [] } });
    await refused('SIZE_UNSUPPORTED', rule, { from: { stage: 'II', images: [image(4), image(4)] } });
    await refused('SIZE_UNSUPPORTED', rule, {
      from: { stage: 'II', images: [{ ...image(4), data: new Uint8Array(3) }] },
    });
  });
});

describe('an auxiliary stage', () => {
  /** The first of the two stages prepares, the second makes the pictures. */
  const prepared = (): Model => {
    const model = cascade();
    const [first, second] = model.stages;
    return { ...model, stages: [{ ...first!, auxiliary: true }, second!] };
  };
  const steered = { I: ['unconditional', 'prompt'], II: ['prompt', 'unconditional', 'concept:crown'] };
  const guidance = [scale(1), semantic([toward('crown', { warmup: 1 })])];
  const branchesOf = async (options: GenerateOptions): Promise<Record<string, readonly string[]>> => {
    const { evaluations } = await generate(prepared(), 'king', options);
    return Object.fromEntries(Object.entries(evaluations).map(([stage, counts]) => [stage, Object.keys(counts)]));
  };

  it('is passed by a chain that names no stage', async () => {
    expect(await branchesOf({ guidance })).toEqual(steered);
    expect(await branchesOf({ guidance: { I: guidance, II: scale(4) } })).toMatchObject({ I: steered.II });
    expect(await branchesOf({ guidance, stages: ['I'] })).toMatchObject({ I: steered.II });
  });

  it('is passed by steps and a sampler that name no stage', async () => {
    const asked: (string | undefined)[] = [];
    const model = prepared();
    const stages = model.stages.map(
      (stage): Stage => ({
        ...stage,
        sampler: (name) => {
          asked.push(name);
          return stage.sampler(name);
        },
      }),
    );
    const { evaluations } = await generate({ ...model, stages }, 'king', { steps: 2, sampler: 'euler' });
    expect(asked).toEqual([undefined, 'euler']);
    expect(evaluations).toMatchObject({ I: { prompt: 4 }, II: { prompt: 2 } });
    const named = await generate(model, 'king', { steps: { I: 6 } });
    expect(named.evaluations).toMatchObject({ I: { prompt: 6 }, II: { prompt: 3 } });
  });

  it('cannot be skipped: it ends with no picture to start from', async () => {
    const image = { width: 4, height: 4, data: new Uint8Array(48) };
    const run = generate(prepared(), 'king', { from: { stage: 'II', images: [image] } });
    await expect(run).rejects.toMatchObject({ code: 'STAGE_UNKNOWN', message: expect.stringMatching(/name none/) });
  });
});

describe('a recommended share of guided steps', () => {
  const guided = (share: number): Model => {
    const model = cascade();
    const [first, ...more] = model.stages;
    return { ...model, stages: [{ ...first!, defaults: { ...first!.defaults, guided: share } }, ...more] };
  };

  it.each([
    [0.5, { unconditional: 2, prompt: 4 }],
    [0.6, { unconditional: 3, prompt: 4 }],
    [1, { unconditional: 4, prompt: 4 }],
  ])('of %d is for the first steps', async (share, counts) => {
    const { evaluations } = await generate(guided(share), 'king');
    expect(evaluations).toEqual({ I: counts, II: { unconditional: 3, prompt: 3 } });
  });

  it('is for the usual guidance alone', async () => {
    const { evaluations } = await generate(guided(0.5), 'king', { guidance: scale(7) });
    expect(evaluations.I).toEqual({ unconditional: 4, prompt: 4 });
  });
});
