import type { Bundle } from '@sega/bundle';
import {
  type GenerateOptions,
  type Graph,
  generate,
  Run,
  type Runtime,
  scale,
  semantic,
  type Tensor,
  toward,
} from '@sega/guidance';
import { loadPaella, type Paella, type PaellaOptions } from '@sega/paella';
import { nodeRuntime } from '@sega/runtime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Recorded, recording, refusal } from '../../../test/recording-runtime.js';
import { RANDOM_PAELLA_CLIP, randomPaella } from './random-paella.js';

const BYTES = 32;
const UNIT = 64;
const LONG =
  'a photo of a smiling old woman with glasses, curly gray hair, bangs and a large hat, wearing makeup, looking left';

let runtime: Runtime;
beforeAll(() => {
  runtime = nodeRuntime({ threads: 1 });
});
afterAll(() => runtime.dispose());

const load = async (options: Partial<PaellaOptions> = {}, bundle?: Bundle): Promise<Paella> =>
  loadPaella(bundle ?? RANDOM_PAELLA_CLIP, { runtime, ...options });

const picturesOf = async (model: Paella, options: GenerateOptions = {}): Promise<string[]> => {
  const { images } = await generate(model, 'a king', { steps: 4, seed: 5, ...options });
  return images.map(({ data }) => data.join());
};

/** What the denoiser is fed at its first run: for each row the attention's bias and weight. */
async function firstRows(
  options: Partial<PaellaOptions>,
  generateOptions: GenerateOptions,
): Promise<{ readonly bias: number[][]; readonly weight: number[][] }> {
  const seen: Record<string, number[][]> = {};
  const reading: Runtime = {
    ...recording(runtime),
    sessionMilliseconds: 0,
    loadGraph: async (source): Promise<Graph> => {
      const graph = await runtime.loadGraph(source);
      return {
        inputs: graph.inputs,
        outputs: graph.outputs,
        dispose: () => graph.dispose(),
        run: async (feeds, ops) => {
          for (const name of ['bias', 'weight']) {
            const tensor = feeds[`condition_${name}`] as Tensor | undefined;
            if (tensor) seen[name] ??= rowsOf(await runtime.read(tensor), tensor.shape[1]!);
          }
          return graph.run(feeds, ops);
        },
      };
    },
  };
  await generate(await load({ ...options, runtime: reading }), 'a king', { steps: 1, ...generateOptions });
  return { bias: seen.bias!, weight: seen.weight! };
}

function rowsOf(data: Float32Array, width: number): number[][] {
  return Array.from({ length: data.length / width }, (_, row) => [...data.slice(row * width, (row + 1) * width)]);
}

describe('the prior', () => {
  it('is a stage of its own before the tokens', async () => {
    const model = await load();
    expect(model.stages.map(({ name }) => name)).toEqual(['prior', 'base']);
    const [prior, base] = model.stages;
    expect(prior).toMatchObject({ auxiliary: true, space: 'epsilon', layout: ['batch', 'channel'] });
    expect(prior.defaults).toEqual({ steps: 10, scale: 3 });
    expect(prior.stateShape({ width: 48, height: 16, items: 3 })).toEqual([3, BYTES]);
    expect(base!.defaults).toMatchObject({ steps: 8, scale: 4, guided: 0.625 });
  });

  it('runs with its own guidance and steps, whatever is asked of the tokens', async () => {
    const model = await load();
    const usual = await generate(model, 'a king');
    expect(usual.evaluations).toEqual({
      prior: { unconditional: 10, prompt: 10 },
      base: { unconditional: 5, prompt: 8 },
    });
    const guidance = [scale(3), semantic([toward('glasses', { warmup: 1 })])];
    const { evaluations } = await generate(model, 'a king', { guidance, steps: 3, sampler: 'argmax' });
    expect(evaluations).toEqual({
      prior: { unconditional: 10, prompt: 10 },
      base: { unconditional: 3, prompt: 3, 'concept:glasses': 2 },
    });
  });

  it('is steered where it is named', async () => {
    const model = await load();
    const guidance = { prior: [scale(3), semantic([toward('glasses', { warmup: 0 })], { mask: 'joint' })] };
    const { evaluations } = await generate(model, 'a king', { guidance, steps: { prior: 2, base: 2 } });
    expect(evaluations.prior).toEqual({ unconditional: 2, prompt: 2, 'concept:glasses': 2 });
    expect(await picturesOf(model, { guidance })).not.toEqual(await picturesOf(model));
  });

  it('makes no pictures, and its final state alone decides what the tokens see', async () => {
    const model = await load();
    const run = new Run(model, 'a king', { steps: { prior: 2, base: 2 } });
    const previews: number[] = [];
    for await (const { preview } of run) previews.push((await preview()).length);
    expect(previews).toEqual([0, 0, 1, 1]);
    const { stageImages, images } = await run.result();
    expect(stageImages.prior).toEqual([]);
    expect(images).toHaveLength(1);
    const other = await picturesOf(model, { steps: { prior: 3, base: 4 } });
    expect(other).not.toEqual(await picturesOf(model, { steps: { prior: 10, base: 4 } }));
  });

  it('predicts the unconditional branch under zeros, others under their text', async () => {
    const model = await load();
    const [prior] = model.stages;
    const ops = runtime.createOps();
    const conditions = await model.encode(['a king', ''], () => undefined);
    const x = ops.fromArray(
      Float32Array.from({ length: BYTES }, (_, i) => Math.sin(i)),
      [1, BYTES],
    );
    const step = { index: 0, count: 1, timestep: 0.5, alpha: 0.7, sigma: 1 };
    const branches = (['unconditional', 'prompt', 'concept:empty'] as const).map((branch, i) => ({
      branch,
      conditions: [conditions[i === 1 ? 0 : 1]!],
    }));
    const predictions = await prior.predict(x, step, branches, ops);
    const [zeros, king, empty] = await Promise.all(
      branches.map(async ({ branch }) => [...(await runtime.read(predictions.value(branch)))]),
    );
    expect(zeros).not.toEqual(empty);
    expect(king).not.toEqual(empty);
    const swapped = [{ branch: 'unconditional' as const, conditions: [conditions[0]!] }];
    const alone = await prior.predict(x, step, swapped, ops);
    const worst = [...(await runtime.read(alone.value('unconditional')))].map((value, i) =>
      Math.abs(value - zeros![i]!),
    );
    expect(Math.max(...worst)).toBeLessThan(1e-6);
    ops.dispose();
  });

  it('gives a picture the same in company as alone', async () => {
    const model = await load();
    const options = { steps: { prior: 4, base: 4 } };
    const { images } = await generate(model, ['a king', LONG], { ...options, images: 2, seed: 7 });
    for (const [i, prompt] of ['a king', 'a king', LONG, LONG].entries()) {
      const alone = await generate(model, prompt, { ...options, seed: 7 + i });
      expect(alone.images[0]).toEqual(images[i]);
    }
    const bounded = await load({ maxRows: 1 });
    const again = await generate(bounded, ['a king', LONG], { ...options, images: 2, seed: 7 });
    expect(again.images).toEqual(images);
  });

  it('can be left away', async () => {
    const runs: Recorded[] = [];
    const model = await load({ prior: false, runtime: recording(runtime, runs) });
    expect(model.stages.map(({ name }) => name)).toEqual(['base']);
    expect(await picturesOf(model)).not.toEqual(await picturesOf(await load()));
    expect(new Set(runs.map(({ graph }) => graph))).toEqual(
      new Set(['textEncoder', 'clipTextEncoder', 'denoiser', 'decoder']),
    );
  });

  it.each<[string, GenerateOptions]>([
    ['SAMPLER_UNKNOWN: The prior has no sampler "ddim"; it has ddpm.', { sampler: { prior: 'ddim' } }],
    ['STEPS_INVALID: steps of the prior is 0; it takes a whole number from 1 to 1000.', { steps: { prior: 0 } }],
    [
      'STAGE_UNKNOWN: from names stage "base"; it can name none.',
      { from: { stage: 'base', images: [{ width: 1, height: 1, data: new Uint8Array(3) }] } },
    ],
  ])('refuses with %s', async (message, options) => {
    expect(await refusal(picturesOf(await load(), options))).toBe(message);
  });

  it('is refused when its graph is another, or leaves open how long an embedding is', async () => {
    const bundle = await randomPaella({}, RANDOM_PAELLA_CLIP);
    const swapped: Bundle = { ...bundle, graph: (role) => bundle.graph(role === 'prior' ? 'imageConditioner' : role) };
    expect(await refusal(load({}, swapped))).toMatch(/^UNSUPPORTED: The prior has no r among "embedding"/);
    const open = recording(runtime, [], { prior: (port) => ({ ...port, shape: port.shape.map(() => 'free') }) });
    expect(await refusal(load({ runtime: open }))).toMatch(/^UNSUPPORTED: The prior leaves the size of "x" open/);
  });
});

describe('the condition', () => {
  it("of a text is ByT5's tokens and four of CLIP's, encoded once", async () => {
    const runs: Recorded[] = [];
    const model = await load({ runtime: recording(runtime, runs) });
    const [king, nothing] = await model.encode(['a king', ''], () => undefined);
    expect(king).toMatchObject({ spelled: 7, shape: [11, 32] });
    expect(nothing).toMatchObject({ spelled: 1, shape: [5, 32] });
    const [again] = await model.encode(['a king'], () => undefined);
    expect(again).toBe(king);
    expect(runs.map(({ graph }) => graph).toSorted()).toEqual([
      ...['clipTextEncoder', 'clipTextEncoder', 'textEncoder', 'textEncoder'],
    ]);
  });

  it('names what CLIP could not read though ByT5 did', async () => {
    const model = await load();
    const warnings: string[] = [];
    await model.encode([LONG], (message) => warnings.push(message));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/is longer than the 77 tokens CLIP reads; it dropped: .*looking left/);
  });

  it("shows the picture's tokens to the prompt's branch alone", async () => {
    const guidance = [scale(3), semantic([toward('hat', { warmup: 0 })])];
    const { bias } = await firstRows({}, { guidance });
    expect(bias.map((row) => row.length)).toEqual([UNIT + 4, UNIT + 4, UNIT + 4]);
    expect(bias.map((row) => row.slice(-4))).toEqual([Array(4).fill(-1e4), Array(4).fill(0), Array(4).fill(-1e4)]);
    expect(bias.map((row) => row.filter((value) => value === 0).length)).toEqual([5, 15, 8]);
  });

  it.each([
    ['the bundle recommends', {}, { text: 1.2, image: 0.4 }],
    ['are asked for', { attentionWeights: { text: 2, image: 3 } }, { text: 2, image: 3 }],
  ] as const)(
    "weights the prompt's last tokens, as many as it has bytes, as %s",
    async (_, options, { text, image }) => {
      const { weight } = await firstRows(options, { guidance: scale(3) });
      const [unconditional, prompt] = weight;
      expect(new Set(unconditional)).toEqual(new Set([1]));
      // 7 of ByT5, 4 of CLIP, 4 of the picture: the last 7 are the picture's and 3 before them.
      const expected = [...Array<number>(8).fill(1), ...Array<number>(3).fill(text), ...Array<number>(4).fill(image)];
      const seen = [...prompt!.slice(0, 11), ...prompt!.slice(-4)];
      expect(seen).toEqual(expected.map(Math.fround));
      expect(new Set(prompt!.slice(11, -4))).toEqual(new Set([1]));
    },
  );

  it('without a picture has the whole text weighted', async () => {
    const { weight } = await firstRows({ prior: false }, { guidance: scale(3) });
    expect(weight.map((row) => row.slice(0, 11).map((value) => Math.round(10 * value)))).toEqual([
      Array(11).fill(10),
      Array(11).fill(12),
    ]);
  });
});
