import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openBundle } from '@sega/bundle';
import { folder } from '@sega/bundle/node';
import { loadDeepFloydIf } from '@sega/deepfloyd-if';
import {
  away,
  chain,
  type Guidance,
  negativePrompt,
  Run,
  type Runtime,
  type Stage,
  scale,
  semantic,
  type Tensor,
  toward,
} from '@sega/guidance';
import { nodeRuntime } from '@sega/runtime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Slice {
  readonly offset: number;
  readonly shape: readonly [number, ...number[]];
}

/** A run of diffusers, as tools/goldens_if.py records it. */
interface GoldenCase {
  readonly name: string;
  readonly prompts: readonly string[];
  readonly seed: number;
  readonly steps: Readonly<Record<string, string | number>>;
  readonly scale: Readonly<Record<string, number>>;
  readonly images: number;
  readonly negative: string;
  readonly concepts: readonly {
    readonly text: string;
    readonly away: boolean;
    readonly scale: number;
    readonly threshold: number;
    readonly warmup: number;
    readonly cooldown: number | null;
    readonly weight: number;
  }[];
  readonly stages: readonly string[];
  readonly momentum: number;
  readonly beta: number;
  readonly recorded: Readonly<Record<string, { stride: number; states: Slice; pictures: Slice }>>;
}

interface GoldenSet {
  /** Folder of the bundle the cases were made with. */
  readonly bundle: string;
  readonly cases: readonly GoldenCase[];
  readonly states: Float32Array;
  readonly pictures: Uint8Array;
}

async function goldenSet(name: string): Promise<GoldenSet> {
  const vector = (file: string): URL => new URL(`../../../test/vectors/${name}/${file}`, import.meta.url);
  const { bundle, cases } = JSON.parse(await readFile(vector('cases.json'), 'utf8')) as GoldenSet;
  return {
    bundle: fileURLToPath(new URL(`../../../${bundle}`, import.meta.url)),
    cases,
    states: new Float32Array((await readFile(vector('states.bin'))).buffer),
    pictures: new Uint8Array(await readFile(vector('pictures.bin'))),
  };
}

/** The trained cascade has two stages; an untrained one also has the upscaler. */
const SETS = await Promise.all(['deepfloyd-if-parity', 'deepfloyd-if-upscaler-parity'].map(goldenSet));

function guidanceOf({ concepts, momentum, beta, negative, ...golden }: GoldenCase, stage: string): Guidance {
  const steered = concepts.map(({ text, away: reversed, cooldown, ...settings }) =>
    (reversed ? away : toward)(text, { ...settings, ...(cooldown !== null && { cooldown }) }),
  );
  const isSteered = steered.length > 0 && golden.stages.includes(stage);
  const edit = isSteered ? [semantic(steered, { momentum: { scale: momentum, beta } })] : [];
  return negativePrompt(negative, chain(scale(golden.scale[stage]!), ...edit));
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);

/** ‖a − b‖ / ‖b‖ */
function relativeError(a: Float32Array, b: Float32Array): number {
  let error = 0;
  let size = 0;
  for (const [i, value] of b.entries()) {
    error += (a[i]! - value) ** 2;
    size += value ** 2;
  }
  return Math.sqrt(error / size);
}

let runtime: Runtime;
beforeAll(() => {
  runtime = nodeRuntime();
});
afterAll(() => runtime.dispose());

describe('parity with diffusers', () => {
  const cases = SETS.flatMap((set) => set.cases.map((example) => ({ name: example.name, example, ...set })));
  it.each(cases)(
    '$name: every state within 1e-3, every pixel within 2',
    async ({ example, bundle, states, pictures }) => {
      const names = Object.keys(example.steps);
      await using model = await loadDeepFloydIf(await openBundle(folder(bundle)), {
        runtime,
        lastStage: names.at(-1)!,
      });
      const run = new Run(model, example.prompts, {
        guidance: Object.fromEntries(names.map((stage) => [stage, guidanceOf(example, stage)])),
        seed: example.seed,
        steps: example.steps,
        // The pixel stages' scheduler files name it; bundles may recommend another.
        sampler: { I: 'ddpm', II: 'ddpm' },
        images: example.images,
      });
      expect(run.steps).toBe(names.reduce((sum, stage) => sum + example.recorded[stage]!.states.shape[0], 0));
      for await (const { stage, step, state } of run) {
        const { stride, states: slice } = example.recorded[stage]!;
        const kept = (await state()).filter((_, i) => i % stride === 0);
        const start = slice.offset + step.index * kept.length;
        expect(kept).toHaveLength(slice.shape[1]!);
        const error = relativeError(kept, states.subarray(start, start + kept.length));
        expect(error, `state after step ${step.index} of stage ${stage}`).toBeLessThan(1e-3);
      }
      const { stageImages } = await run.result();
      for (const stage of names) {
        const { offset, shape } = example.recorded[stage]!.pictures;
        const got = stageImages[stage]!.flatMap(({ data }) => [...data]);
        const expected = pictures.subarray(offset, offset + sizeOf(shape));
        expect(got).toHaveLength(expected.length);
        const worst = got.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
        expect(worst, `largest difference of a pixel of stage ${stage}`).toBeLessThanOrEqual(2);
      }
    },
  );
});

describe('semantic guidance', () => {
  it('leaves the variance of the prompt’s prediction untouched, bit for bit', async () => {
    await using model = await loadDeepFloydIf(await openBundle(folder(SETS[0]!.bundle)), { runtime, lastStage: 'I' });
    const predicted: Float32Array[] = [];
    const stepped: Float32Array[] = [];
    const read = async (tensor: Tensor): Promise<Float32Array> => (await runtime.read(tensor)).slice();
    const reading: Promise<unknown>[] = [];
    const watched = (stage: Stage): Stage => ({
      name: stage.name,
      defaults: stage.defaults,
      space: stage.space,
      layout: stage.layout,
      stateShape: (size) => stage.stateShape(size),
      ...(stage.condition && { condition: stage.condition }),
      predict: async (...args) => {
        const predictions = await stage.predict(...args);
        predicted.push(await read(predictions.prediction('prompt').rest!));
        return predictions;
      },
      sampler: (name) => {
        const sampler = stage.sampler(name);
        return {
          ...sampler,
          schedule: (steps) => {
            const schedule = sampler.schedule(steps);
            return {
              ...schedule,
              step: (x, prediction, ...rest) => {
                reading.push(read(prediction.rest!).then((values) => stepped.push(values)));
                return schedule.step(x, prediction, ...rest);
              },
            };
          },
        };
      },
    });
    const stages = model.stages.map(watched);
    const steered = new Proxy(model, {
      get: (target, key) => {
        if (key === 'stages') return stages;
        const value = Reflect.get(target, key, target) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const guidance = chain(scale(7), semantic([away('male', { warmup: 1 }), toward('female', { warmup: 3 })]));
    for await (const _ of new Run(steered, 'a portrait of a king', { guidance, steps: 'smart27', seed: 5 })) {
      await Promise.all(reading);
    }
    expect(stepped).toHaveLength(27);
    expect(stepped).toEqual(predicted);
    const [first] = predicted;
    expect(new Set(first!.map((value) => Math.round(value * 100))).size).toBeGreaterThan(5);
  });
});
