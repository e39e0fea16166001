import type { Bundle, CascadeManifest } from '@sega/bundle';
import { type DeepFloydIf, type DeepFloydIfOptions, loadDeepFloydIf } from '@sega/deepfloyd-if';
import {
  away,
  type GenerateOptions,
  type GenerateResult,
  generate,
  type HostArray,
  type Image,
  Run,
  type Runtime,
  scale,
  semantic,
  toward,
} from '@sega/guidance';
import { nodeRuntime } from '@sega/runtime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Recorded, recording, refusal } from '../../../test/recording-runtime.js';
import { cleanCaption } from '../src/clean-caption/clean-caption.js';
import { RANDOM_CASCADE, randomCascade, randomStages } from './random-cascade.js';

let runtime: Runtime;
beforeAll(() => {
  runtime = nodeRuntime({ threads: 1 });
});
afterAll(() => runtime.dispose());

const load = async (
  options: Partial<DeepFloydIfOptions> = {},
  change: Partial<CascadeManifest> = {},
): Promise<DeepFloydIf> => loadDeepFloydIf(await randomCascade(change), { runtime, lastStage: 'II', ...options });
const paint = (model: DeepFloydIf, options: GenerateOptions = {}): Promise<GenerateResult> =>
  generate(model, 'a king', { steps: 3, seed: 5, ...options });
const difference = (a: readonly Image[], b: readonly Image[]): number =>
  Math.max(...a.flatMap((image, i) => [...image.data].map((value, k) => Math.abs(value - b[i]!.data[k]!))));
const shapesOf = (runs: readonly Recorded[], graph: string, input: string): unknown[] =>
  runs.filter((run) => run.graph === graph).map(({ feeds }) => feeds[input]!.shape);

describe('loading', () => {
  it('takes a folder as it takes an opened bundle', async () => {
    const model = await loadDeepFloydIf(RANDOM_CASCADE, { runtime, lastStage: 'II' });
    expect((await paint(model)).images).toEqual((await paint(await load())).images);
  });

  it('tells the stages and what the bundle recommends', async () => {
    const model = await load({ lastStage: 'III' });
    expect(model).toMatchObject({ family: 'deepfloyd-if', name: 'random-cascade', defaults: { width: 128 } });
    expect(model.stages.map(({ name, space, defaults }) => [name, space, defaults])).toEqual([
      ['I', 'epsilon', { steps: 'smart100', scale: 7 }],
      ['II', 'epsilon', { steps: 'smart50', scale: 4 }],
      ['III', 'velocity', { steps: 75, scale: 9 }],
    ]);
  });

  it('leaves later stages out on request, and then makes smaller pictures', async () => {
    const model = await load({ lastStage: 'I' });
    expect(model.stages).toHaveLength(1);
    expect((await paint(model)).images[0]).toMatchObject({ width: 16, height: 16 });
    expect(await refusal(load({ lastStage: 'IV' }))).toMatch(/^STAGE_UNKNOWN: .*random-cascade has I, II, III/);
  });

  it('asks for the licence where the bundle does', async () => {
    const license = { id: 'LicenseRef-DeepFloyd-IF', name: 'DeepFloyd IF License', acceptRequired: true };
    const restricted = async (acceptLicense?: string): Promise<string> => {
      const { openBundle } = await import('@sega/bundle');
      const { folder } = await import('@sega/bundle/node');
      const files = folder(RANDOM_CASCADE);
      const read = async (path: string): Promise<Uint8Array> => {
        const bytes = await files.read(path);
        if (path !== 'bundle.json') return bytes;
        return new TextEncoder().encode(JSON.stringify({ ...JSON.parse(new TextDecoder().decode(bytes)), license }));
      };
      return refusal(openBundle({ ...files, read }, { acceptLicense }));
    };
    expect(await restricted()).toMatch(/^LICENSE_NOT_ACCEPTED: .*LicenseRef-DeepFloyd-IF/);
    expect(await restricted('LicenseRef-DeepFloyd-IF')).toBe('no error');
  });

  it('refuses a bundle of another family', async () => {
    const bundle = await randomCascade();
    const other = { ...bundle, manifest: { ...bundle.manifest, family: 'paella' } } as Bundle;
    expect(await refusal(loadDeepFloydIf(other, { runtime }))).toMatch(/^FAMILY_MISMATCH: .*family paella/);
  });

  it('refuses a stage given the graph of another', async () => {
    const { I, II } = await randomStages();
    expect(await refusal(load({}, { stages: { I: { ...I!, component: 'stageII' }, II: II! } }))).toMatch(
      /^UNSUPPORTED: The denoiser of stage I also asks for "class_labels"/,
    );
    expect(await refusal(load({}, { stages: { I: I!, II: { ...II!, component: 'stageI' } } }))).toMatch(
      /^UNSUPPORTED: The denoiser of stage II has no class_labels/,
    );
  });

  it('refuses a denoiser whose variance channels are missing', async () => {
    const narrowed = recording(runtime, [], {
      stageI: (port) => (port.name === 'out_sample' ? { ...port, shape: ['batch', 3, 'height', 'width'] } : port),
    });
    expect(await refusal(load({ runtime: narrowed }))).toMatch(
      /^BUNDLE_INVALID: The denoiser of stage I gives 3 channels; its scheduler reads a learned variance, which takes 6/,
    );
  });

  it.each([
    [-1, /^OPTION_INVALID: The noise level is -1; it must be a whole number from 0 to 999/],
    [1000, /^OPTION_INVALID: The noise level is 1000/],
    [0.5, /^OPTION_INVALID: The noise level is 0.5/],
    [{ II: Number.NaN }, /^OPTION_INVALID: The noise level of stage II is NaN/],
    [{ I: 20 }, /^STAGE_UNKNOWN: noiseLevel names stage "I"; the stages that start from a noised picture are II/],
  ])('refuses noise level %o', async (noiseLevel, message) => {
    expect(await refusal(load({ noiseLevel }))).toMatch(message);
  });

  it('refuses a noise level above what the network knows', async () => {
    const { I, II } = await randomStages();
    const stages = { I: I!, II: { ...II!, noising: { ...II!.noising!, maxLevel: 350 } } };
    expect(await refusal(load({ noiseLevel: 351 }, { stages }))).toMatch(
      /^OPTION_INVALID: The noise level of stage II is 351; its network was trained with at most 350/,
    );
  });
});

describe('stage I', () => {
  it('tells the text encoder which of its 77 tokens are padding, and the denoiser nothing of it', async () => {
    const runs: Recorded[] = [];
    await paint(await load({ runtime: recording(runtime, runs), lastStage: 'I' }), { steps: 1 });
    const [first] = runs.filter(({ graph }) => graph === 'textEncoder');
    const mask = first!.feeds.attention_mask as HostArray;
    expect(mask.shape).toEqual([1, 77]);
    const ones = [...mask.data].filter((value) => value === 1).length;
    expect(ones).toBeGreaterThan(0);
    expect(ones).toBeLessThan(40);
    const denoiser = runs.find(({ graph }) => graph === 'stageI')!;
    expect(Object.keys(denoiser.feeds).sort()).toEqual(['encoder_hidden_states', 'sample', 'timestep']);
    expect(denoiser.feeds.encoder_hidden_states!.shape).toEqual([2, 77, 16]);
  });

  it('predicts noise and variance apart, on all branches in one run', async () => {
    const runs: Recorded[] = [];
    const model = await load({ runtime: recording(runtime, runs), lastStage: 'I' });
    const concepts = [away('male', { warmup: 0 }), toward('female', { warmup: 0 })];
    const { evaluations } = await paint(model, { images: 2, steps: 2, guidance: [scale(5), semantic(concepts)] });
    expect(shapesOf(runs, 'stageI', 'sample')).toEqual([
      [8, 3, 16, 16],
      [8, 3, 16, 16],
    ]);
    expect(evaluations).toEqual({ I: { unconditional: 4, prompt: 4, 'concept:female': 4, 'concept:male': 4 } });
  });

  it('takes the unconditional variance where the prompt is not predicted', async () => {
    const { evaluations } = await paint(await load({ lastStage: 'I' }), { guidance: scale(0) });
    expect(evaluations).toEqual({ I: { unconditional: 3 } });
  });

  it('reads texts lower-cased', async () => {
    const model = await load({ lastStage: 'I' });
    expect((await paint(model)).images).toEqual((await generate(model, ' A King ', { steps: 3, seed: 5 })).images);
  });

  it('reads texts cleaned where asked to', async () => {
    const text = 'A king<br>  https://example.com/king.jpg';
    const plain = await load({ lastStage: 'I' });
    const clean = await load({ lastStage: 'I', cleanCaption: true });
    const options = { steps: 2, seed: 5 };
    const expected = (await generate(plain, await cleanCaption(text), options)).images;
    expect((await generate(clean, text, options)).images).toEqual(expected);
    expect((await generate(plain, text, options)).images).not.toEqual(expected);
    const byManifest = await load({ lastStage: 'I' }, { cleanCaption: true });
    expect((await generate(byManifest, text, options)).images).toEqual(expected);
  });

  it.each(['ddim', 'dpm++', 'dpm++-karras', 'euler', 'euler-ancestral'])('steps by %s too', async (sampler) => {
    const { images, warnings } = await paint(await load({ lastStage: 'I' }), { sampler, steps: 5 });
    expect(images).toHaveLength(1);
    expect(warnings).toEqual([]);
  });

  it('takes schedules by name and timesteps as a list', async () => {
    const model = await load({ lastStage: 'I' });
    const named = await paint(model, { steps: 'fast27' });
    expect(named.evaluations.I!.prompt).toBe(27);
    const listed = await paint(model, { steps: { I: [999, 500, 0] } });
    expect(listed.evaluations.I!.prompt).toBe(3);
    expect(await refusal(paint(model, { steps: 'slow27' }))).toMatch(/^STEPS_INVALID: .*fast27/);
    expect(await refusal(paint(model, { steps: [0, 999] }))).toMatch(/^STEPS_INVALID/);
    expect(await refusal(paint(model, { sampler: 'guess' }))).toMatch(/^SAMPLER_UNKNOWN/);
  });
});

describe('stage II', () => {
  it('is fed its own picture, the noised enlarged one, and the noise level of every row', async () => {
    const runs: Recorded[] = [];
    const model = await load({ runtime: recording(runtime, runs), noiseLevel: { II: 100 } });
    await paint(model, { images: 2, steps: { I: 1, II: 2 } });
    expect(shapesOf(runs, 'stageII', 'sample')).toEqual([
      [4, 6, 32, 32],
      [4, 6, 32, 32],
    ]);
    const [first, second] = runs.filter(({ graph }) => graph === 'stageII').map(({ feeds }) => feeds);
    expect([...(first!.class_labels as HostArray).data]).toEqual([100, 100, 100, 100]);
    expect((second!.class_labels as HostArray).shape).toEqual([4]);
  });

  it('paints what its low-resolution picture and its noise level say', async () => {
    const model = await load();
    const original = await paint(model);
    expect(original.stageImages.I![0]).toMatchObject({ width: 16, height: 16 });
    expect(original.images[0]).toMatchObject({ width: 32, height: 32 });
    const noisier = await paint(await load({ noiseLevel: 600 }));
    expect(noisier.stageImages.I).toEqual(original.stageImages.I);
    expect(difference(noisier.images, original.images)).toBeGreaterThan(0);
  });

  it('starts from a given picture of stage I’s size, and refuses another', async () => {
    const model = await load();
    const { stageImages } = await paint(model);
    const from = { stage: 'II', images: stageImages.I! };
    const again = await paint(model, { from });
    expect(again.images[0]).toMatchObject({ width: 32, height: 32 });
    expect(again.evaluations).toEqual({ II: { unconditional: 3, prompt: 3 } });
    const inverted = from.images.map((image) => ({ ...image, data: image.data.map((value) => 255 - value) }));
    const other = await paint(model, { from: { ...from, images: inverted } });
    expect(difference(other.images, again.images)).toBeGreaterThan(0);
    expect(await refusal(paint(model, { from: { stage: 'II', images: again.images } }))).toMatch(
      /^SIZE_UNSUPPORTED: from.images holds 32 × 32; stage "II" starts from 1 of 16 × 16/,
    );
  });

  it('previews every step of every stage', async () => {
    const sides: number[] = [];
    for await (const { preview } of new Run(await load(), 'a king', { steps: 2 })) {
      sides.push((await preview())[0]!.width);
    }
    expect(sides).toEqual([16, 16, 32, 32]);
  });

  it('refuses guidance for a stage that is not there', async () => {
    const model = await load();
    expect(await refusal(paint(model, { guidance: { III: scale(3) } }))).toMatch(
      /^STAGE_UNKNOWN: guidance names stage "III"; it can name "I", "II"/,
    );
  });
});

describe('stage III', () => {
  it('enlarges in latents, with a text encoder and a decoder of its own', async () => {
    const runs: Recorded[] = [];
    const model = await load({ runtime: recording(runtime, runs), lastStage: 'III' });
    const { images, stageImages } = await paint(model, { steps: 1 });
    expect(images[0]).toMatchObject({ width: 128, height: 128 });
    expect(Object.values(stageImages).map(([image]) => image!.width)).toEqual([16, 32, 128]);
    expect(shapesOf(runs, 'stageIII', 'sample')).toEqual([[2, 7, 32, 32]]);
    expect(shapesOf(runs, 'stageIIIText', 'input_ids')).toEqual([
      [1, 77],
      [1, 77],
    ]);
  });
});

describe('batches and sizes', () => {
  it('paint a picture in company as alone', async () => {
    const model = await load();
    const batch = await paint(model, { images: 3, seed: 7 });
    for (const [i, seed] of [7, 8, 9].entries()) {
      expect(difference((await paint(model, { seed })).images, [batch.images[i]!])).toBe(0);
    }
  });

  it('split where rows are bounded', async () => {
    const runs: Recorded[] = [];
    const model = await load({ runtime: recording(runtime, runs), maxRows: 2 });
    await paint(model, { images: 2, steps: 1 });
    expect(shapesOf(runs, 'stageII', 'sample')).toEqual([
      [2, 6, 32, 32],
      [2, 6, 32, 32],
    ]);
    expect(shapesOf(runs, 'stageII', 'class_labels')).toEqual([[2], [2]]);
    expect(await refusal(load({ maxRows: 0 }))).toMatch(/^OPTION_INVALID: maxRows is 0/);
  });

  it('are free in steps every stage can make', async () => {
    const model = await load();
    const { images, stageImages } = await paint(model, { width: 48, height: 32, steps: 1 });
    expect(images[0]).toMatchObject({ width: 48, height: 32 });
    expect(stageImages.I![0]).toMatchObject({ width: 24, height: 16 });
    expect(await refusal(paint(model, { width: 34 }))).toMatch(
      /^SIZE_UNSUPPORTED: .*width must be a multiple of 4 up to 8192, such as 3[26]/,
    );
  });
});

describe('disposal', () => {
  it('is idempotent and ends the model', async () => {
    const model = await load();
    await Promise.all([model.dispose(), model.dispose()]);
    expect(await refusal(paint(model))).toMatch(/^DISPOSED/);
  });
});
