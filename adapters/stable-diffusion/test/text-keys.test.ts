import type { Bundle } from '@sega/bundle';
import {
  away,
  type GenerateOptions,
  generate,
  type Model,
  Run,
  type Runtime,
  scale,
  semantic,
  type Tensor,
  type TensorOps,
  toward,
} from '@sega/guidance';
import { nodeRuntime } from '@sega/runtime-node';
import { loadStableDiffusion } from '@sega/stable-diffusion';
import { stableDiffusion } from '@sega/tiny-faces';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Recorded, recording, refusal } from '../../../test/recording-runtime.js';
import { fixture, randomDiffusion } from './random-diffusion.js';

let runtime: Runtime;
beforeAll(() => {
  runtime = nodeRuntime({ threads: 1 });
});
afterAll(() => runtime.dispose());

/** The untrained model with its UNet in two graphs. */
async function inTwoGraphs(textKeys = 'free', unet = 'keyed'): Promise<Bundle> {
  const bundle = await randomDiffusion(unet);
  const components = { ...bundle.manifest.components, textKeys: `${textKeys}.onnx` };
  const location = fixture(`text-keys/${textKeys}.onnx`);
  return {
    ...bundle,
    manifest: { ...bundle.manifest, components },
    graph: (role) => (role === 'textKeys' ? { name: role, location } : bundle.graph(role)),
  };
}

const PROMPTS = ['a king', 'a hat'];
const settings = { warmup: 2, cooldown: 4 };
const OPTIONS: GenerateOptions = {
  guidance: [scale(3), semantic([away('male', settings), toward('female', settings)])],
  seed: 5,
  steps: 6,
  images: 2,
};

const statesOf = async (model: Model, options = OPTIONS): Promise<Float32Array[]> => {
  const states: Float32Array[] = [];
  for await (const { state } of new Run(model, PROMPTS, options)) states.push((await state()).slice());
  return states;
};
const rowsOf = (runs: readonly Recorded[], component: string, input: string): number[] =>
  runs.filter(({ graph }) => graph === component).map(({ feeds }) => feeds[input]!.shape[0]!);

describe('a denoiser in two graphs', () => {
  it.each([
    ['of a free batch', {}],
    ['of few rows in a run', { maxRows: 3 }],
  ])('%s predicts what it predicts in one', async (_, options) => {
    await using two = await loadStableDiffusion(await inTwoGraphs(), { runtime, ...options });
    await using one = await loadStableDiffusion(await randomDiffusion(), { runtime, ...options });
    expect(await statesOf(two)).toEqual(await statesOf(one));
  });

  it('may have a fixed batch, in one of them or both', async () => {
    await using one = await loadStableDiffusion(await randomDiffusion(), { runtime });
    const expected = await statesOf(one);
    for (const [textKeys, unet] of [
      ['batch-two', 'keyed-batch-two'],
      ['batch-two', 'keyed'],
      ['free', 'keyed-batch-two'],
    ]) {
      await using two = await loadStableDiffusion(await inTwoGraphs(textKeys, unet), { runtime });
      expect(await statesOf(two)).toEqual(expected);
    }
  });

  it('predicts what it predicts in one on several threads, too', async () => {
    await using threads = nodeRuntime({ threads: 3 });
    await using two = await loadStableDiffusion(await inTwoGraphs(), { runtime: threads });
    await using one = await loadStableDiffusion(await randomDiffusion(), { runtime: threads });
    expect(await statesOf(two)).toEqual(await statesOf(one));
  });
});

describe('the texts of the model in the box', () => {
  it('are read once in a run of 25 steps, and again by a run of another prompt', async () => {
    const runs: Recorded[] = [];
    await using model = await loadStableDiffusion(stableDiffusion, { runtime: recording(runtime, runs) });
    const { evaluations } = await generate(model, 'a king', { steps: 25, guidance: [scale(3)] });
    expect(rowsOf(runs, 'textKeys', 'encoder_hidden_states')).toEqual([2]);
    expect(rowsOf(runs, 'denoiser', 'keys.0')).toEqual(Array(25).fill(2));
    expect(evaluations).toEqual({ base: { unconditional: 25, prompt: 25 } });
    await generate(model, 'a queen', { steps: 2, guidance: [scale(3)] });
    expect(rowsOf(runs, 'textKeys', 'encoder_hidden_states')).toEqual([2, 2]);
    expect(rowsOf(runs, 'textEncoder', 'input_ids')).toHaveLength(3);
  });

  it('are read again where concepts come in, not where they leave and the rest was read before', async () => {
    const runs: Recorded[] = [];
    await using model = await loadStableDiffusion(stableDiffusion, { runtime: recording(runtime, runs) });
    await generate(model, 'a king', { ...OPTIONS, images: 1 });
    expect(rowsOf(runs, 'textKeys', 'encoder_hidden_states')).toEqual([2, 4]);
    expect(rowsOf(runs, 'denoiser', 'values.5')).toEqual([2, 2, 4, 4, 2, 2]);
  });

  it('live as long as they are wanted', async () => {
    const held = new Set<Tensor>();
    const counting: Runtime = { ...recording(runtime), createOps: () => counted(runtime.createOps(), held) };
    await using model = await loadStableDiffusion(stableDiffusion, { runtime: counting });
    const stage = model.stages[0];
    const ops = counting.createOps();
    const x = ops.keep(ops.fromArray(new Float32Array(1024), [1, 4, 16, 16]));
    const step = { index: 0, count: 2, timestep: 500, alpha: 0.5, sigma: 1 };
    const [king, queen] = await model.encode(['a king', 'a queen'], () => undefined);
    const predict = async (condition: typeof king): Promise<void> => {
      await stage.predict(x, step, [{ branch: 'prompt', conditions: [condition!] }], ops);
      ops.endStep();
    };
    await predict(king);
    const first = [...held];
    expect(first).toHaveLength(1 + 12);
    await predict(king);
    expect([...held]).toEqual(first);
    await predict(queen);
    expect(held.size).toBe(first.length);
    expect(first.filter((tensor) => held.has(tensor))).toEqual([x]);
    ops.dispose();
  });
});

/** The operations, with the tensors that are kept. */
function counted(ops: TensorOps, held: Set<Tensor>): TensorOps {
  const keep = ops.keep.bind(ops);
  const release = ops.release.bind(ops);
  ops.keep = (tensor) => {
    held.add(tensor);
    return keep(tensor);
  };
  ops.release = (tensor) => {
    held.delete(tensor);
    release(tensor);
  };
  return ops;
}

describe('graphs that do not belong together are refused:', () => {
  it.each([
    [
      'keys of another width',
      inTwoGraphs('other-width'),
      /^BUNDLE_INVALID: The denoiser takes "keys\.0" of shape \[batch,3\] and the graph of the text keys gives "keys\.0" of shape \[batch,2\]; both graphs must be of one export/,
    ],
    [
      'keys of other names',
      inTwoGraphs('other-names'),
      /^BUNDLE_INVALID: The denoiser takes "values\.0" of shape \[batch,3\] and the graph of the text keys gives no "values\.0"/,
    ],
    [
      'keys for a denoiser that reads texts',
      inTwoGraphs('free', 'half'),
      /^BUNDLE_INVALID: The denoiser takes "encoder_hidden_states" of shape \[batch,24,8\] and the graph of the text keys gives no "encoder_hidden_states"/,
    ],
    [
      'a denoiser without its keys',
      randomDiffusion('keyed'),
      /^UNSUPPORTED: The denoiser has no encoder_hidden_states/,
    ],
    [
      'keys that read no text',
      inTwoGraphs('../unets/keyed'),
      /^UNSUPPORTED: The graph of the text keys has no encoder_hidden_states/,
    ],
  ])('%s', async (_, bundle, message) => {
    expect(await refusal(loadStableDiffusion(await bundle, { runtime }))).toMatch(message);
  });
});
