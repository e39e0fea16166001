import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  away,
  type Branch,
  type BranchConditions,
  batchNoise,
  chain,
  type GenerateOptions,
  type Guidance,
  interval,
  type Mask,
  negativePrompt,
  Run,
  type Runtime,
  scale,
  semantic,
  toward,
} from '@sega/guidance';
import { loadPaella, type PaellaOptions } from '@sega/paella';
import { nodeRuntime } from '@sega/runtime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Slice {
  readonly offset: number;
  readonly shape: readonly [number, ...number[]];
}

/** Predictions of the torch network, as tools/goldens_paella.py records them. */
interface LogitsCase {
  readonly name: string;
  readonly texts: readonly string[];
  readonly r: readonly [number, ...number[]];
  readonly weight: number;
  readonly image_weight: number;
  readonly pictured: boolean;
  readonly tokens: Slice;
  readonly logits: Slice & { readonly stride: number };
  /** Of the picture that the first text sees too. */
  readonly embedding?: Slice;
}

/** A run of an independent implementation with the same uniform numbers. */
interface TokenCase {
  readonly name: string;
  readonly prompts: readonly string[];
  readonly seed: number;
  readonly steps: number;
  readonly renoise: number | null;
  readonly temperature: readonly [number, number];
  readonly scale: readonly [number, number];
  readonly conditional: number | null;
  readonly mode: 'multinomial' | 'argmax' | 'quantized';
  readonly size: readonly [number, number] | null;
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
  readonly mask: Mask;
  readonly momentum: number;
  readonly beta: number;
  readonly weights: readonly [number, number] | null;
  readonly prior: boolean;
  readonly prior_steps: number | null;
  readonly prior_scale: number | null;
  readonly usual: boolean;
  readonly tokens: Slice;
  readonly pictures: Slice & { readonly stride: number };
  /** The prior's states. */
  readonly embedding?: Slice;
}

interface Vectors {
  readonly name: string;
  readonly bundle: string;
  readonly logits: readonly LogitsCase[];
  readonly cases: readonly TokenCase[];
  readonly values: {
    readonly logits: Float32Array;
    readonly tokens: Uint16Array;
    readonly pictures: Uint8Array;
    readonly embeddings: Float32Array;
  };
}

async function read(name: string): Promise<Vectors> {
  const bytes = async (file: string): Promise<ArrayBuffer> =>
    new Uint8Array(await readFile(new URL(`../../../test/vectors/${name}/${file}`, import.meta.url))).buffer;
  const cases = JSON.parse(new TextDecoder().decode(await bytes('cases.json'))) as Omit<Vectors, 'name' | 'values'>;
  const hasRuns = cases.cases.length > 0;
  const hasPrior = cases.cases.some(({ embedding }) => embedding);
  return {
    ...cases,
    name,
    bundle: fileURLToPath(new URL(`../../../${cases.bundle}`, import.meta.url)),
    values: {
      logits: new Float32Array(await bytes('logits.bin')),
      tokens: new Uint16Array(await bytes('tokens.bin')),
      pictures: new Uint8Array(hasRuns ? await bytes('pictures.bin') : new ArrayBuffer(0)),
      embeddings: new Float32Array(hasPrior ? await bytes('embeddings.bin') : new ArrayBuffer(0)),
    },
  };
}

const VECTORS: readonly Vectors[] = [
  await read('paella-parity'),
  await read('paella-clip-parity'),
  await read('paella-trained-parity'),
];
const LOGITS = VECTORS.flatMap(({ name, bundle, values, logits }) =>
  logits.map((golden) => ({ name: `${name}, ${golden.name}`, bundle, values, golden })),
);
const RUNS = VECTORS.flatMap(({ name, bundle, values, cases }) =>
  cases.map((golden) => ({ name: `${name}, ${golden.name}`, bundle, values, golden })),
);

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);
const slice = <T extends Float32Array | Uint16Array | Uint8Array>(data: T, { offset, shape }: Slice): T =>
  data.subarray(offset, offset + sizeOf(shape)) as T;
const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

function guidanceOf(golden: TokenCase): Guidance {
  const { concepts, mask, momentum, beta, negative, conditional, steps } = golden;
  const edits = concepts.map(({ text, away: reversed, cooldown, ...settings }) =>
    (reversed ? away : toward)(text, { ...settings, ...(cooldown !== null && { cooldown }) }),
  );
  const whole = chain(scale(...golden.scale), semantic(edits, { mask, momentum: { scale: momentum, beta } }));
  const guided = conditional === null ? whole : interval(whole, { fraction: [0, conditional / steps] });
  return negative ? negativePrompt(negative, guided) : guided;
}

let runtime: Runtime;
beforeAll(() => {
  runtime = nodeRuntime();
});
afterAll(() => runtime.dispose());

describe('parity with the torch network', () => {
  it.each(LOGITS)('$name: every logit within 1e-4', async ({ bundle, values, golden }) => {
    const { weight, image_weight, pictured } = golden;
    await using model = await loadPaella(bundle, { runtime, attentionWeights: { text: weight, image: image_weight } });
    const stage = model.stages.at(-1)!;
    const expected = slice(values.logits, golden.logits);
    const conditions = await model.encode([...new Set(golden.texts)], () => undefined);
    const ops = runtime.createOps();
    const [pictureCount, ...grid] = golden.tokens.shape;
    const codes = model.manifest.codebook.codes;
    const noise = batchNoise([model.random(0)], ops);
    const embedding = golden.embedding && slice(values.embeddings, golden.embedding);
    const picture =
      embedding && (await stage.condition!(ops.fromArray(embedding, golden.embedding!.shape), noise, ops));
    for (const [item, r] of golden.r.entries()) {
      const size = sizeOf(grid);
      const own = slice(values.tokens, golden.tokens).subarray(item * size, (item + 1) * size);
      const x = ops.fromArray(Float32Array.from(own), [1, ...grid]);
      const branches = golden.texts.map((text, i): BranchConditions => {
        const branch: Branch = i === 0 && (weight !== 1 || pictured) ? 'prompt' : `concept:${i}`;
        return { branch, conditions: [conditions.find((condition) => condition.text === text)!] };
      });
      const step = { index: 0, count: 1, timestep: r, alpha: 0, sigma: 0 };
      const predictions = await stage.predict(x, step, branches, ops, picture);
      for (const [i, { branch }] of branches.entries()) {
        const got = await runtime.read(predictions.value(branch));
        expect(got).toHaveLength(codes * size);
        const row = golden.logits.shape[1]!;
        const start = (i * pictureCount + item) * row;
        const kept = Array.from({ length: row }, (_, k) => got[k * golden.logits.stride]!);
        const worst = largestDifference(kept, expected.subarray(start, start + row));
        expect(worst, `${branch} of picture ${item}`).toBeLessThan(1e-4);
      }
    }
    ops.dispose();
  });
});

describe('parity of whole runs with an independent implementation', () => {
  it.each(RUNS)(
    '$name: the prior within 1e-4, every token after every step, every pixel within 1',
    async ({ bundle, values, golden }) => {
      await using model = await loadPaella(bundle, { runtime, ...settingsOf(golden) });
      const run = new Run(model, golden.prompts, optionsOf(golden));
      for await (const { stage, step, state } of run) {
        const got = await state();
        if (stage === 'prior') {
          const { embedding } = golden;
          const [, ...shape] = embedding!.shape;
          const start = (step.index + 1) * sizeOf(shape);
          const expected = slice(values.embeddings, embedding!).subarray(start, start + sizeOf(shape));
          expect(got).toHaveLength(expected.length);
          expect(largestDifference(got, expected), `the prior after step ${step.index}`).toBeLessThan(1e-4);
        } else {
          const [, ...grid] = golden.tokens.shape;
          const start = (step.index + 1) * sizeOf(grid);
          const expected = slice(values.tokens, golden.tokens).subarray(start, start + sizeOf(grid));
          expect([...got], `tokens after step ${step.index}`).toEqual([...expected]);
        }
      }
      const { images, evaluations } = await run.result();
      expect(Object.hasOwn(evaluations, 'prior')).toBe(golden.embedding !== undefined);
      const got = images.flatMap(({ data }) => [...data]);
      const drawn = slice(values.pictures, golden.pictures);
      expect(got).toHaveLength(drawn.length * golden.pictures.stride);
      const kept = Array.from(drawn, (_, i) => got[i * golden.pictures.stride]!);
      expect(largestDifference(kept, drawn), 'largest difference of a pixel').toBeLessThanOrEqual(1);
    },
  );
});

function settingsOf({ temperature, steps, renoise, prior, weights }: TokenCase): Omit<PaellaOptions, 'runtime'> {
  return {
    temperature,
    renoise: (renoise ?? steps - 1) / steps,
    ...(!prior && { prior }),
    ...(weights && { attentionWeights: { text: weights[0], image: weights[1] } }),
  };
}

function optionsOf(golden: TokenCase): GenerateOptions {
  const { prior_scale, prior_steps, size } = golden;
  const base = guidanceOf(golden);
  return {
    ...(!golden.usual && { guidance: prior_scale === null ? base : { prior: scale(prior_scale), base } }),
    seed: golden.seed,
    steps: prior_steps === null ? golden.steps : { prior: prior_steps, base: golden.steps },
    images: golden.images,
    sampler: golden.mode === 'multinomial' ? 'categorical' : golden.mode,
    ...(size && { width: size[0], height: size[1] }),
  };
}
