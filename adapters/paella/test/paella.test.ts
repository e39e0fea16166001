import { type Bundle, openBundle, type TokenManifest } from '@sega/bundle';
import { folder } from '@sega/bundle/node';
import {
  type CpuTensor,
  type GenerateOptions,
  type Graph,
  type GraphSource,
  generate,
  type Image,
  type Port,
  Run,
  type Runtime,
  scale,
  semantic,
  toward,
} from '@sega/guidance';
import { loadPaella, type Paella, type PaellaOptions } from '@sega/paella';
import { nodeRuntime } from '@sega/runtime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Recorded, recording, refusal } from '../../../test/recording-runtime.js';
import { RANDOM_PAELLA, randomPaella } from './random-paella.js';

let runtime: Runtime;
beforeAll(() => {
  runtime = nodeRuntime({ threads: 1 });
});
afterAll(() => runtime.dispose());

const load = async (options: Partial<PaellaOptions> = {}, bundle?: Bundle): Promise<Paella> =>
  loadPaella(bundle ?? (await randomPaella()), { runtime, ...options });
const pictures = async (model: Paella, options: GenerateOptions = {}): Promise<readonly Image[]> =>
  (await generate(model, 'a king', { steps: 6, guidance: [scale(3)], seed: 5, ...options })).images;
const gridsOf = async (model: Paella, options: GenerateOptions): Promise<Float32Array[]> => {
  const states: Float32Array[] = [];
  for await (const step of new Run(model, 'a king', { steps: 4, ...options })) states.push(await step.state());
  return states;
};
const rowsOf = (runs: readonly Recorded[]): number[] =>
  runs.filter(({ graph }) => graph === 'denoiser').map(({ feeds }) => feeds.condition!.shape[0]!);

describe('loading', () => {
  it('takes a folder as it takes an opened bundle', async () => {
    const fromFolder = await loadPaella(RANDOM_PAELLA, { runtime });
    const fromBundle = await loadPaella(await openBundle(folder(RANDOM_PAELLA)), { runtime });
    expect(await pictures(fromFolder)).toEqual(await pictures(fromBundle));
  });

  it('tells what the bundle recommends and what the states and predictions are', async () => {
    const model = await load();
    expect(model).toMatchObject({ family: 'paella', name: 'random-paella' });
    expect(model.defaults).toMatchObject({ width: 32, height: 32 });
    const [stage] = model.stages;
    expect(stage).toMatchObject({ name: 'base', space: 'logits', layout: ['batch', 'code', 'height', 'width'] });
    const grid = stage.stateShape({ width: 32, height: 16, items: 3 });
    expect(grid).toEqual([3, 4, 8]);
    expect(stage.predictionShape!(grid)).toEqual([3, 64, 4, 8]);
  });

  it.each([
    [
      'another family',
      { family: 'stable-diffusion' },
      /^FAMILY_MISMATCH: random-paella is a bundle of the family stable/,
    ],
    [
      'another codebook',
      { codebook: { codes: 65, factor: 4, divisor: 4 } },
      /^BUNDLE_INVALID: The .* has 64 codes .* 65/,
    ],
  ] as const)('refuses a bundle of %s', async (_, change, message) => {
    expect(await refusal(load({}, await randomPaella(change as Partial<TokenManifest>)))).toMatch(message);
  });

  it('refuses a decoder of another codebook', async () => {
    const bundle = await randomPaella();
    const json = async (path: string): Promise<unknown> =>
      path === 'decoder/config.json' ? { codes: 32 } : bundle.json(path);
    expect(await refusal(load({}, { ...bundle, json }))).toMatch(/^BUNDLE_INVALID: The decoder has 32 codes .* 64/);
  });

  it('refuses a denoiser that is none', async () => {
    const bundle = await randomPaella();
    const swapped: Bundle = { ...bundle, graph: (role) => bundle.graph(role === 'denoiser' ? 'decoder' : role) };
    expect(await refusal(load({}, swapped))).toMatch(/^UNSUPPORTED: The denoiser has no r among "tokens"/);
  });

  it.each([
    [{ maxRows: 0 }, /^OPTION_INVALID: maxRows is 0/],
    [{ temperature: [0, 0.2] }, /^OPTION_INVALID: temperature\[0\] is 0; it must be a number above 0/],
    [{ temperature: [1, -1] }, /^OPTION_INVALID: temperature\[1\] is -1/],
    [{ renoise: 2 }, /^OPTION_INVALID: renoise is 2/],
    [{ schedule: 'sine' as never }, /^OPTION_INVALID: schedule is "sine"/],
    [{ attentionWeights: { text: 0, image: 1 } }, /^OPTION_INVALID: attentionWeights.text is 0/],
    [{ attentionWeights: { text: 1, image: Number.NaN } }, /^OPTION_INVALID: attentionWeights.image is NaN/],
    [{ prior: true }, /^OPTION_INVALID: prior is true but random-paella has none/],
  ] as const)('refuses %o', async (options, message) => {
    expect(await refusal(load(options))).toMatch(message);
  });
});

describe('text encoder', () => {
  it('reads each text once, at its own length', async () => {
    const runs: Recorded[] = [];
    const model = await load({ runtime: recording(runtime, runs) });
    await model.encode(['a king', ''], () => undefined);
    await model.encode(['a king', 'é'], () => undefined);
    expect(runs.map(({ feeds }) => feeds.input_ids!.shape)).toEqual([
      [1, 7],
      [1, 1],
      [1, 3],
    ]);
  });

  it('names the words it had to drop', async () => {
    const model = await load();
    const { warnings } = await generate(model, `${'crown '.repeat(200)}end`, { steps: 1 });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/is longer than the \d+ tokens the model reads; it dropped: crown/);
  });
});

describe('denoiser', () => {
  it('predicts all branches of all pictures in one run, each picture given once', async () => {
    const runs: Recorded[] = [];
    const model = await load({ runtime: recording(runtime, runs) });
    await pictures(model, { images: 3, steps: 2 });
    expect(rowsOf(runs)).toEqual([6, 6]);
    const given = runs.filter(({ graph }) => graph === 'denoiser').map(({ feeds }) => feeds.tokens!.shape[0]);
    expect(given).toEqual([3, 3]);
  });

  it('sees the concepts only at steps they act', async () => {
    const runs: Recorded[] = [];
    const model = await load({ runtime: recording(runtime, runs) });
    const guidance = [scale(3), semantic([toward('glasses', { warmup: 2, cooldown: 5 })])];
    const { evaluations } = await generate(model, 'a king', { steps: 8, guidance });
    expect(rowsOf(runs)).toEqual([2, 2, 3, 3, 3, 2, 2, 2]);
    expect(evaluations).toEqual({ base: { unconditional: 8, prompt: 8, 'concept:glasses': 3 } });
  });

  it('draws the same pictures when rows are bounded', async () => {
    const runs: Recorded[] = [];
    const model = await load({ runtime: recording(runtime, runs), maxRows: 1 });
    expect(await pictures(model, { images: 2 })).toEqual(await pictures(await load(), { images: 2 }));
    expect(new Set(rowsOf(runs))).toEqual(new Set([1]));
  });

  it('draws a picture in company as it does alone, long texts beside short ones', async () => {
    const model = await load();
    const long = 'a photo of a smiling old woman with glasses, curly gray hair, bangs and a large hat, wearing makeup';
    const { images } = await generate(model, ['a king', long], { steps: 5, images: 2, seed: 7 });
    for (const [i, prompt] of ['a king', 'a king', long, long].entries()) {
      const alone = await generate(model, prompt, { steps: 5, seed: 7 + i });
      expect(alone.images[0]).toEqual(images[i]);
    }
  });

  it('attends to the prompt as strongly as asked', async () => {
    const usual = await pictures(await load());
    expect(await pictures(await load({ attentionWeights: { text: 1, image: 5 } }))).toEqual(usual);
    expect(await pictures(await load({ attentionWeights: { text: 3, image: 1 } }))).not.toEqual(usual);
  });

  it('of another output shape is refused', async () => {
    const lying = recording(runtime);
    const runtimeOfOther: Runtime = {
      ...lying,
      sessionMilliseconds: 0,
      loadGraph: async (source): Promise<Graph> => {
        const graph = await lying.loadGraph(source);
        if (!source.name.startsWith('denoiser')) return graph;
        return {
          ...graph,
          run: async (feeds, ops) => {
            const outputs = await graph.run(feeds, ops);
            return { logits: ops.channels(outputs.logits!, 0, 10) };
          },
        };
      },
    };
    expect(await refusal(pictures(await load({ runtime: runtimeOfOther })))).toMatch(
      /^PREDICTION_SHAPE: The denoiser returned \[2,10,8,8\] where \[2,64,8,8\] should be/,
    );
  });
});

describe('sampler', () => {
  it('draws other tokens at another temperature, with another share of re-noising and on another schedule', async () => {
    const usual = await pictures(await load());
    expect(await pictures(await load({ temperature: [5, 5] }))).not.toEqual(usual);
    expect(await pictures(await load({ renoise: 0.2 }))).not.toEqual(usual);
    expect(await pictures(await load({ schedule: 'linear' }))).toEqual(usual);
    expect(await pictures(await load({ schedule: 'cosine' }))).not.toEqual(usual);
  });

  it('keeps tokens within the codebook and draws the same for a seed', async () => {
    const model = await load();
    for (const sampler of ['categorical', 'argmax', 'quantized']) {
      const grids = await gridsOf(model, { sampler, seed: 3 });
      expect(grids).toEqual(await gridsOf(model, { sampler, seed: 3 }));
      for (const token of grids.flatMap((grid) => [...grid])) {
        expect(Number.isInteger(token) && token >= 0 && token < 64).toBe(true);
      }
    }
  });

  it('names the samplers there are', async () => {
    const model = await load();
    expect(await refusal(pictures(model, { sampler: 'ddim' }))).toBe(
      'SAMPLER_UNKNOWN: There is no sampler "ddim" in random-paella; it has categorical, argmax, quantized.',
    );
  });

  it('has no quantized one without the graph for it', async () => {
    const bundle = await randomPaella();
    const { quantizer: _, ...components } = bundle.manifest.components;
    const model = await load({}, await randomPaella({ components }));
    expect(await refusal(pictures(model, { sampler: 'quantized' }))).toMatch(
      /^SAMPLER_UNKNOWN: .* categorical, argmax\./,
    );
  });

  it.each([0, 1.5, 1e6])('refuses %d steps', async (steps) => {
    expect(await refusal(pictures(await load(), { steps }))).toMatch(/^STEPS_INVALID/);
  });
});

describe('logits that are not finite', () => {
  it.each([
    ['categorical', Number.NaN],
    ['categorical', Number.POSITIVE_INFINITY],
    ['argmax', Number.NaN],
    ['argmax', Number.POSITIVE_INFINITY],
    ['quantized', Number.NaN],
    ['quantized', Number.POSITIVE_INFINITY],
  ])('are told with their step and branch by the sampler %s: %f', async (sampler, odd) => {
    let runs = 0;
    const breaking: Runtime = Object.assign(recording(runtime), {
      loadGraph: async (source: GraphSource): Promise<Graph> => {
        const graph = await runtime.loadGraph(source);
        const run: Graph['run'] = async (feeds, ops) => {
          const outputs = await graph.run(feeds, ops);
          // The third of six steps, in the run and again when it is repeated; the prompt's row is the last.
          if (runs++ % 6 === 2) (outputs.logits as CpuTensor).data.fill(odd, -7);
          return outputs;
        };
        return source.name.startsWith('denoiser')
          ? { ...graph, inputs: graph.inputs, outputs: graph.outputs, run }
          : graph;
      },
    });
    await expect(pictures(await load({ runtime: breaking }), { sampler })).rejects.toMatchObject({
      code: 'NOT_FINITE',
      details: { stage: 'base', step: 2, branch: 'prompt' },
    });
  });
});

describe('sizes', () => {
  it('are free in multiples of what the network halves', async () => {
    const [image] = await pictures(await load(), { width: 48, height: 16 });
    expect(image).toMatchObject({ width: 48, height: 16 });
  });

  it.each([{ width: 20 }, { height: 0 }, { width: Number.NaN }, { height: 16_384 }])(
    'that do not divide are refused: %o',
    async (size) => {
      expect(await refusal(pictures(await load(), size))).toMatch(
        /^SIZE_UNSUPPORTED: Pictures of .* must be a multiple of 16 up to 8192: 4 pixels for each token, in grids of multiples of 4/,
      );
    },
  );
});

describe('decoder', () => {
  it('previews the tokens chosen at every step', async () => {
    const model = await load();
    const previews: string[] = [];
    for await (const { preview } of new Run(model, 'a king', { steps: 3, seed: 5 })) {
      const [image] = await preview();
      expect(image).toMatchObject({ width: 32, height: 32 });
      previews.push(image!.data.join());
    }
    expect(new Set(previews).size).toBe(3);
    const { images } = await generate(model, 'a king', { steps: 3, seed: 5 });
    expect(images[0]!.data.join()).toBe(previews[2]);
  });

  it.each([-1, 64, 1.5, Number.NaN])('refuses the token %d', async (token) => {
    const model = await load();
    const ops = runtime.createOps();
    const x = ops.fromArray(new Float32Array(64).fill(3).fill(token, 7, 8), [1, 8, 8]);
    expect(await refusal(model.decode(x, ops))).toBe(
      `TOKENS_INVALID: Token 7 is ${token}; tokens are whole numbers from 0 to 63. Numbers that are not finite come ` +
        'from a denoiser that overflowed: use an export that computes in float32.',
    );
  });
});

describe('ports', () => {
  it('of another codebook are refused before a run', async () => {
    const codes = (port: Port): Port => (port.name === 'logits' ? { ...port, shape: ['rows', 80, 'h', 'w'] } : port);
    const lying = recording(runtime, [], { denoiser: codes });
    expect(await refusal(load({ runtime: lying }))).toMatch(
      /^BUNDLE_INVALID: The denoiser has 80 codes .* codebook 64/,
    );
  });
});
