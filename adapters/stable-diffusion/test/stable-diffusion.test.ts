import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Bundle, openBundle } from '@sega/bundle';
import { folder } from '@sega/bundle/node';
import {
  away,
  type CpuTensor,
  type GenerateOptions,
  generate,
  type Image,
  Run,
  type Runtime,
  scale,
  semantic,
  toward,
} from '@sega/guidance';
import { nodeRuntime } from '@sega/runtime-node';
import { loadStableDiffusion, type StableDiffusion, type StableDiffusionOptions } from '@sega/stable-diffusion';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Recorded, recording, refusal } from '../../../test/recording-runtime.js';
import { RANDOM_DIFFUSION, randomDiffusion } from './random-diffusion.js';

let runtime: Runtime;
beforeAll(() => {
  runtime = nodeRuntime({ threads: 1 });
});
afterAll(() => runtime.dispose());

const load = async (unet?: string, options: Partial<StableDiffusionOptions> = {}): Promise<StableDiffusion> =>
  loadStableDiffusion(await randomDiffusion(unet), { runtime, ...options });
const pictures = async (model: StableDiffusion, options: GenerateOptions = {}): Promise<readonly Image[]> =>
  (await generate(model, 'a king', { steps: 6, guidance: [scale(3)], seed: 5, ...options })).images;
const difference = (a: readonly Image[], b: readonly Image[]): number =>
  Math.max(...a.flatMap((image, i) => [...image.data].map((value, k) => Math.abs(value - b[i]!.data[k]!))));
const latentsOf = async (model: StableDiffusion, options: GenerateOptions): Promise<Float32Array[]> => {
  const states: Float32Array[] = [];
  for await (const step of new Run(model, 'a king', { steps: 4, ...options })) states.push(await step.state());
  return states;
};

describe('loading', () => {
  it('takes a folder as it takes an opened bundle', async () => {
    const fromFolder = await loadStableDiffusion(RANDOM_DIFFUSION, { runtime });
    const fromBundle = await loadStableDiffusion(await openBundle(folder(RANDOM_DIFFUSION)), { runtime });
    expect(await pictures(fromFolder)).toEqual(await pictures(fromBundle));
  });

  it('tells what the bundle recommends', async () => {
    const model = await load();
    expect(model).toMatchObject({ family: 'stable-diffusion', name: 'random-diffusion' });
    expect(model.defaults).toMatchObject({ width: 16, height: 16 });
    expect(model.stages[0].defaults).toMatchObject({ steps: 50, scale: 7.5 });
    expect(model.stages.map(({ name, space }) => [name, space])).toEqual([['base', 'epsilon']]);
  });

  it.each([
    ['another family', { family: 'paella' }, /^FAMILY_MISMATCH: random-diffusion is a bundle of the family paella/],
    [
      'another prediction than the scheduler file',
      { predictionType: 'velocity' },
      /^BUNDLE_INVALID: .*predicts velocity.*says epsilon/,
    ],
  ] as const)('refuses a bundle of %s', async (_, change, message) => {
    const bundle = await randomDiffusion();
    const changed = { ...bundle, manifest: { ...bundle.manifest, ...change } } as Bundle;
    expect(await refusal(loadStableDiffusion(changed, { runtime }))).toMatch(message);
  });

  it.each([
    ['inpainting', /^UNSUPPORTED: The denoiser takes 9 channels but the bundle's latents have 4/],
    ['text-embeds', /^UNSUPPORTED: The denoiser also asks for "text_embeds"/],
    ['missing', /^GRAPH_LOAD: .*does not exist/],
  ])('refuses the UNet %s', async (unet, message) => {
    expect(await refusal(load(unet))).toMatch(message);
  });

  it('refuses a decoder that is none', async () => {
    const bundle = await randomDiffusion();
    const swapped: Bundle = { ...bundle, graph: (role) => bundle.graph(role === 'decoder' ? 'textEncoder' : role) };
    expect(await refusal(loadStableDiffusion(swapped, { runtime }))).toMatch(
      /^UNSUPPORTED: The decoder has no latent_sample among "input_ids"/,
    );
  });

  it('refuses 0 rows in one run', async () => {
    expect(await refusal(load(undefined, { maxRows: 0 }))).toMatch(/^OPTION_INVALID: maxRows is 0/);
  });
});

describe('text encoder', () => {
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const embedding = (condition: unknown): Float32Array => (condition as { embedding: Float32Array }).embedding;

  it('encodes each text once', async () => {
    const runs: Recorded[] = [];
    const model = await load(undefined, { runtime: recording(runtime, runs) });
    const [first] = await model.encode(['a king', ''], warn);
    const [again] = await model.encode(['a king', 'a queen'], warn);
    await Promise.all([model.encode(['a queen'], warn), model.encode(['hat'], warn), model.encode(['hat'], warn)]);
    expect(again).toBe(first);
    const rows = runs.map(({ feeds }) => feeds.input_ids!.shape[0]);
    expect(rows).toEqual([1, 1, 1, 1]);
  });

  it('gives a text the same numbers in company as alone', async () => {
    const texts = Array.from({ length: 40 }, (_, i) => `king number ${i}`);
    const together = await (await load()).encode(texts, warn);
    const apart = await load();
    for (const [i, text] of texts.entries()) {
      const [alone] = await apart.encode([text], warn);
      expect(embedding(alone)).toEqual(embedding(together[i]));
    }
  });

  it('forgets the texts used longest ago and keeps those just used', async () => {
    const model = await load();
    const [kept, lost] = await model.encode(['kept', 'lost'], warn);
    const many = Array.from({ length: 254 }, (_, i) => `text ${i}`);
    await model.encode(many, warn);
    await model.encode(['kept'], warn);
    await model.encode(['one more'], warn);
    expect((await model.encode(['kept'], warn))[0]).toBe(kept);
    expect((await model.encode(['lost'], warn))[0]).not.toBe(lost);
  });

  it('encodes more texts at once than it remembers', async () => {
    const texts = Array.from({ length: 300 }, (_, i) => `text ${i}`);
    expect((await (await load()).encode(texts, warn)).map(({ text }) => text)).toEqual(texts);
  });

  it('names the words it had to drop, every time', async () => {
    const model = await load();
    const text = 'a very long description of a king with a golden crown';
    for (const images of [1, 2]) {
      const result = await generate(model, text, { steps: 1, images });
      expect(result.warnings).toEqual([
        'The text "a very long description of a king with a golden crown" is longer than the 24 tokens the model ' +
          'reads; it dropped: a king with a golden crown',
      ]);
    }
  });

  it('names some of ten thousand dropped words and counts the rest', async () => {
    const result = await generate(await load(), Array(10_000).fill('crown').join(' '), { steps: 1 });
    expect(result.warnings).toHaveLength(1);
    expect(result.warnings[0]).toMatch(/it dropped: (crown ){20}… and 99\d\d more words$/);
  });

  it('reads a blank prompt as the empty one', async () => {
    const model = await load();
    const blank = await generate(model, ' \n', { steps: 2 });
    expect(blank.images).toEqual((await generate(model, '', { steps: 2 })).images);
  });
});

describe('denoiser', () => {
  it.each([
    'time-int64-one',
    'time-int32-rows',
    'time-float-rows',
    'time-float-scalar',
    'batch-two',
    'batch-one',
    'size-fixed',
  ])('paints the same picture with the UNet %s', async (unet) => {
    expect(difference(await pictures(await load(unet)), await pictures(await load()))).toBe(0);
  });

  it.each(['half', 'batch-two-half'])('paints nearly the same picture with the UNet %s', async (unet) => {
    const differing = difference(await pictures(await load(unet)), await pictures(await load()));
    expect(differing).toBeLessThanOrEqual(2);
  });

  it('fills groups of a fixed batch and drops what it filled them with', async () => {
    const runs: Recorded[] = [];
    const model = await load('batch-two', { runtime: recording(runtime, runs) });
    const batch = await pictures(model, { images: 3, steps: 1, guidance: [scale(1)] });
    const denoiser = runs.filter(({ graph }) => graph === 'denoiser');
    expect(denoiser.map(({ feeds }) => feeds.sample!.shape[0])).toEqual([2, 2]);
    expect(denoiser.map(({ feeds }) => feeds.timestep!.shape)).toEqual([[2], [2]]);
    expect(batch).toHaveLength(3);
    expect(difference(batch, await pictures(await load(), { images: 3, steps: 1, guidance: [scale(1)] }))).toBe(0);
  });

  it('predicts all branches of all pictures in one run', async () => {
    const runs: Recorded[] = [];
    const model = await load(undefined, { runtime: recording(runtime, runs) });
    await pictures(model, { images: 3, steps: 2 });
    const rows = runs.filter(({ graph }) => graph === 'denoiser').map(({ feeds }) => feeds.sample!.shape[0]);
    expect(rows).toEqual([6, 6]);
  });

  it('sees 80 rows in 25 steps with two concepts from step 5 to 20', async () => {
    const runs: Recorded[] = [];
    const model = await load(undefined, { runtime: recording(runtime, runs) });
    const settings = { warmup: 5, cooldown: 20 };
    const concepts = [away('male', settings), toward('female', settings)];
    const { evaluations } = await generate(model, 'a king', { steps: 25, guidance: [scale(7.5), semantic(concepts)] });
    const rows = runs.filter(({ graph }) => graph === 'denoiser').map(({ feeds }) => feeds.sample!.shape[0]!);
    expect(rows).toEqual(Array.from({ length: 25 }, (_, step) => (step >= 5 && step < 20 ? 4 : 2)));
    expect(rows.reduce((sum, count) => sum + count, 0)).toBe(80);
    expect(evaluations).toEqual({
      base: { unconditional: 25, prompt: 25, 'concept:female': 15, 'concept:male': 15 },
    });
  });

  it('splits a batch evenly when rows are bounded, with the same pictures', async () => {
    const runs: Recorded[] = [];
    const model = await load(undefined, { runtime: recording(runtime, runs), maxRows: 4 });
    const bounded = await pictures(model, { images: 3 });
    const rows = runs.filter(({ graph }) => graph === 'denoiser').map(({ feeds }) => feeds.sample!.shape[0]);
    expect(rows.slice(0, 2)).toEqual([3, 3]);
    expect(difference(bounded, await pictures(await load(), { images: 3 }))).toBe(0);
  });

  it('paints a picture in company as it does alone', async () => {
    const model = await load();
    const batch = await pictures(model, { images: 3, seed: 7 });
    for (const [i, seed] of [7, 8, 9].entries()) {
      expect(difference(await pictures(model, { seed }), [batch[i]!])).toBe(0);
    }
  });

  it('keeps several prompts of a batch apart', async () => {
    const model = await load();
    const { images } = await generate(model, ['a king', 'a hat'], { steps: 4, seed: 3 });
    const king = await generate(model, 'a king', { steps: 4, seed: 3 });
    const hat = await generate(model, 'a hat', { steps: 4, seed: 4 });
    expect(difference(images, [...king.images, ...hat.images])).toBe(0);
    expect(difference([images[0]!], [images[1]!])).toBeGreaterThan(0);
  });

  it('reads the latents, the timestep and the text', async () => {
    const model = await load();
    const [one] = await latentsOf(model, { seed: 1, guidance: [scale(1)] });
    const [two] = await latentsOf(model, { seed: 2, guidance: [scale(1)] });
    const [unconditional] = await latentsOf(model, { seed: 1, guidance: [scale(0)] });
    expect(one).not.toEqual(two);
    expect(one).not.toEqual(unconditional);
  });

  it('of another output shape is refused', async () => {
    expect(await refusal(pictures(await load('halved')))).toMatch(
      /^PREDICTION_SHAPE: The denoiser returned \[2,4,4,4\] where \[2,4,8,8\] should be/,
    );
  });
});

describe('sizes', () => {
  it('are free where the graph leaves them free', async () => {
    const [image] = await pictures(await load(), { width: 40, height: 24 });
    expect(image).toMatchObject({ width: 40, height: 24 });
    expect(image!.data).toHaveLength(40 * 24 * 3);
  });

  it.each([
    [{ width: 18 }, 'width must be a multiple of 4 up to 8192, such as 20'],
    [{ height: 1 }, 'height must be a multiple of 4 up to 8192, such as 4'],
    [{ width: 0 }, 'such as 4'],
    [{ width: Number.NaN }, 'such as 4'],
    [{ height: 1e12 }, 'such as 8192'],
  ])('that do not divide are refused: %o', async (size, message) => {
    const answer = await refusal(pictures(await load(), size));
    expect(answer).toMatch(/^SIZE_UNSUPPORTED: Pictures of /);
    expect(answer).toContain(message);
  });

  it('are the one a graph of fixed extents makes', async () => {
    const model = await load('size-fixed');
    expect(await pictures(model, { width: 16, height: 16 })).toHaveLength(1);
    expect(await refusal(pictures(model, { width: 32 }))).toBe(
      'SIZE_UNSUPPORTED: Pictures of 32 × 16 were asked for; width must be 16, the one size this export makes.',
    );
  });
});

describe('decoder', () => {
  it('decodes a large batch in bounded runs', async () => {
    const runs: Recorded[] = [];
    const model = await load(undefined, { runtime: recording(runtime, runs) });
    const images = await pictures(model, { images: 3, width: 128, height: 64, steps: 1 });
    const rows = runs.filter(({ graph }) => graph === 'decoder').map(({ feeds }) => feeds.latent_sample!.shape[0]);
    expect(rows).toEqual([2, 1]);
    expect(images).toHaveLength(3);
  });

  it('previews the clean picture of every step', async () => {
    const model = await load();
    const previews: string[] = [];
    for await (const { preview } of new Run(model, 'a king', { steps: 3, seed: 5 })) {
      const [image] = await preview();
      expect(image).toMatchObject({ width: 16, height: 16 });
      previews.push(image!.data.join());
    }
    expect(new Set(previews).size).toBe(3);
  });

  it.each([
    ['denoiser', Number.NaN],
    ['denoiser', Number.POSITIVE_INFINITY],
    ['decoder', 3e38],
  ])('names the %s where numbers stop being finite', async (component, value) => {
    const model = await load();
    const ops = runtime.createOps();
    const latents = ops.fromArray(new Float32Array(256).fill(value), [1, 4, 8, 8]);
    expect(await refusal(model.decode(latents, ops))).toMatch(new RegExp(`^NOT_FINITE: The ${component} gave`));
  });

  it('never sees the latents of a denoiser that overflows', async () => {
    expect(await refusal(pictures(await load('overflow')))).toMatch(/^NOT_FINITE/);
  });
});

describe('disposal', () => {
  it('is idempotent and leaves the runtime to the caller', async () => {
    const model = await load();
    await Promise.all([model.dispose(), model.dispose()]);
    await model[Symbol.asyncDispose]();
    expect(await refusal(pictures(model))).toMatch(/^DISPOSED/);
    const ops = runtime.createOps();
    expect([...(ops.fromArray(Float32Array.of(1), [1]) as CpuTensor).data]).toEqual([1]);
    expect(await pictures(await load())).toHaveLength(1);
  });
});

describe('memory', () => {
  it('does not grow over 200 steps', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const model = await load(undefined);
    const options = { guidance: [scale(3)], images: 2, width: 32, height: 32 };
    await generate(model, 'a king', { steps: 50, ...options });
    const run = new Run(model, 'a king', { steps: 200, ...options });
    const held: number[] = [];
    for await (const { step } of run) {
      if (step.index % 20 === 19) {
        collectGarbage();
        held.push(process.memoryUsage().arrayBuffers);
      }
    }
    const early = Math.max(...held.slice(0, 5));
    expect(Math.min(...held.slice(5))).toBeLessThanOrEqual(early * 1.1);
  });
});
