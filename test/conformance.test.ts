import { fileURLToPath } from 'node:url';
import { loadDeepFloydIf } from '@sega/deepfloyd-if';
import {
  away,
  type Branch,
  type GenerateOptions,
  generate,
  type Image,
  type Model,
  Run,
  type RunStep,
  type Runtime,
  scale,
  semantic,
  toward,
} from '@sega/guidance';
import { loadPaella } from '@sega/paella';
import { nodeRuntime } from '@sega/runtime-node';
import { loadStableDiffusion } from '@sega/stable-diffusion';
import { deepfloydIf, paella, stableDiffusion } from '@sega/tiny-faces';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusal } from './recording-runtime.js';

const fixture = (path: string): string => fileURLToPath(new URL(`../adapters/${path}`, import.meta.url));

/** Every adapter, on a small bundle of it. */
const ADAPTERS: Readonly<Record<string, (runtime: Runtime) => Promise<Model>>> = {
  'stable-diffusion': (runtime) => loadStableDiffusion(stableDiffusion, { runtime }),
  'deepfloyd-if': (runtime) => loadDeepFloydIf(deepfloydIf, { runtime }),
  paella: (runtime) => loadPaella(paella, { runtime }),
  'paella with a prior': (runtime) => loadPaella(fixture('paella/test/fixtures/random-paella-clip'), { runtime }),
};

const KING = 'a portrait of a king';
const EDIT = [scale(3), semantic([away('male', { warmup: 1 }), toward('female', { warmup: 2, cooldown: 4 })])];

describe.each(Object.keys(ADAPTERS))('the adapter of %s', (name) => {
  let runtime: Runtime;
  let model: Model;
  beforeAll(async () => {
    runtime = nodeRuntime({ threads: 1 });
    model = await ADAPTERS[name]!(runtime);
  });
  afterAll(async () => {
    await model.dispose();
    await runtime.dispose();
  });

  /** The stage that a chain of guidance is for. */
  const steered = (): string => model.stages.find(({ auxiliary }) => !auxiliary)!.name;
  const steps = (count: number): NonNullable<GenerateOptions['steps']> =>
    Object.fromEntries(model.stages.map(({ name }) => [name, count]));
  const draw = async (options: GenerateOptions, prompt: string | string[] = KING): Promise<readonly Image[]> =>
    (await generate(model, prompt, { steps: steps(5), seed: 3, ...options })).images;
  const statesOf = async (run: Run): Promise<Float32Array[]> => {
    const states: Float32Array[] = [];
    for await (const step of run) states.push(await step.state());
    return states;
  };

  it('says what family it is, and names its stages once', () => {
    expect(model.family).toBe(name.split(' ')[0]);
    const names = model.stages.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('predicts exactly the branches asked for, by name', async () => {
    const seen: (readonly Branch[])[] = [];
    for await (const { stage, branches } of new Run(model, KING, { steps: steps(5), guidance: EDIT })) {
      if (stage === steered()) seen.push(branches.toSorted());
    }
    const [plain, male, both] = [
      ['prompt', 'unconditional'],
      ['concept:male', 'prompt', 'unconditional'],
      ['concept:female', 'concept:male', 'prompt', 'unconditional'],
    ];
    expect(seen).toEqual([plain, male, both, both, male]);
  });

  it('draws the same picture for the same seed, and another for another', async () => {
    const [one] = await draw({ guidance: EDIT });
    expect((await draw({ guidance: EDIT }))[0]).toEqual(one);
    expect((await draw({ guidance: EDIT, seed: 4 }))[0]).not.toEqual(one);
  });

  it('draws a picture in company as it does alone, prompts of several lengths together', async () => {
    const prompts = [KING, 'an image of the face of a random person with glasses, a large hat and a beard'];
    const together = await draw({ guidance: EDIT, images: 2 }, prompts);
    for (const [i, prompt] of [prompts[0]!, prompts[0]!, prompts[1]!, prompts[1]!].entries()) {
      expect((await draw({ guidance: EDIT, seed: 3 + i }, prompt))[0]).toEqual(together[i]);
    }
  });

  it('with scale 1 follows the prompt alone, with scale 0 the unconditional branch alone', async () => {
    const one = await generate(model, KING, { steps: steps(3), seed: 3, guidance: [scale(1)] });
    expect(one.evaluations[steered()]).toEqual({ prompt: 3 });
    const none = await generate(model, KING, { steps: steps(3), seed: 3, guidance: [scale(0)] });
    expect(none.evaluations[steered()]).toEqual({ unconditional: 3 });
    const everywhere = { steps: steps(3), stages: model.stages.map(({ name }) => name) };
    const unconditional = await draw({ ...everywhere, guidance: [scale(0)] });
    expect(await draw({ ...everywhere, guidance: [scale(0)] }, 'a red hat')).toEqual(unconditional);
    const empty = await draw({ ...everywhere, guidance: [scale(1)] }, '');
    // What an auxiliary stage prepares is for the prompt's branch, even if the prompt is empty.
    const isPrepared = model.stages.some(({ auxiliary }) => auxiliary);
    if (isPrepared) expect(empty).not.toEqual(unconditional);
    else expect(empty).toEqual(unconditional);
  });

  it('changes nothing for a concept of scale 0', async () => {
    const silent = [scale(3), semantic([toward('female', { scale: 0, warmup: 0 })])];
    expect(await draw({ guidance: silent })).toEqual(await draw({ guidance: [scale(3)] }));
  });

  it('keeps two runs apart that take turns', async () => {
    const runs = [3, 9].map((seed) => new Run(model, KING, { steps: steps(4), seed, guidance: EDIT }));
    const iterators = runs.map((run) => run[Symbol.asyncIterator]());
    const mixed: Float32Array[][] = [[], []];
    for (let turn = 0; turn < 4 * model.stages.length; turn++) {
      for (const [i, iterator] of iterators.entries()) {
        const { value } = (await iterator.next()) as { value: RunStep };
        mixed[i]!.push(await value.state());
      }
    }
    for (const [i, seed] of [3, 9].entries()) {
      expect(mixed[i]).toEqual(await statesOf(new Run(model, KING, { steps: steps(4), seed, guidance: EDIT })));
    }
  });

  it('previews pictures of the stage at hand and ends with the size promised', async () => {
    const run = new Run(model, KING, { steps: steps(2) });
    for await (const { stage, preview } of run) {
      const [image] = await preview();
      if (model.stages.find((one) => one.name === stage)!.auxiliary) continue;
      expect(image!.data).toHaveLength(image!.width * image!.height * 3);
    }
    const { width, height } = model.defaults;
    expect((await run.result()).images).toMatchObject([{ width, height }]);
  });

  it('stops between steps when aborted, and goes on to serve', async () => {
    const controller = new AbortController();
    const run = new Run(model, KING, { steps: steps(4), signal: controller.signal });
    const seen: number[] = [];
    const work = (async () => {
      for await (const { step } of run) {
        seen.push(step.index);
        if (step.index === 1) controller.abort();
      }
    })();
    expect(await refusal(work)).toMatch(/^ABORTED/);
    expect(seen).toEqual([0, 1]);
    expect(await draw({ steps: steps(1) })).toHaveLength(1);
  });

  it.each([
    ['STEPS_INVALID', { steps: 0 }],
    ['STEPS_INVALID', { steps: 1e6 }],
    ['SAMPLER_UNKNOWN', { sampler: 'imaginary' }],
    ['SIZE_UNSUPPORTED', { width: 1 }],
    ['SEED_INVALID', { seed: 2 ** 53 }],
    ['STAGE_UNKNOWN', { stages: ['imaginary'] }],
    ['OPTION_INVALID', { images: 0 }],
  ] as const)('refuses with %s before any work: %o', async (code, options) => {
    expect(await refusal((async () => generate(model, KING, options))())).toMatch(new RegExp(`^${code}: `));
  });

  it('refuses to work once it is disposed, twice over, and leaves the runtime alone', async () => {
    const own = await ADAPTERS[name]!(runtime);
    await Promise.all([own.dispose(), own[Symbol.asyncDispose]()]);
    expect(await refusal(generate(own, KING, { steps: steps(1) }))).toMatch(/^DISPOSED/);
    expect(await draw({ steps: steps(1) })).toHaveLength(1);
  });
});
