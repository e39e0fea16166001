import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  away,
  type Branch,
  type BranchConditions,
  chain,
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
import { loadPaella, type Paella } from '@sega/paella';
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
  readonly tokens: Slice;
  readonly logits: Slice & { readonly stride: number };
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
  readonly tokens: Slice;
  readonly pictures: Slice & { readonly stride: number };
}

const vector = async (file: string): Promise<ArrayBuffer> => {
  const bytes = await readFile(new URL(`../../../test/vectors/paella-parity/${file}`, import.meta.url));
  return new Uint8Array(bytes).buffer;
};
const vectors = JSON.parse(new TextDecoder().decode(await vector('cases.json'))) as {
  readonly bundle: string;
  readonly logits: readonly LogitsCase[];
  readonly cases: readonly TokenCase[];
};
const logits = new Float32Array(await vector('logits.bin'));
const tokens = new Uint16Array(await vector('tokens.bin'));
const pictures = new Uint8Array(await vector('pictures.bin'));
const BUNDLE = fileURLToPath(new URL(`../../../${vectors.bundle}`, import.meta.url));

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);
const slice = <T extends Float32Array | Uint16Array | Uint8Array>(data: T, { offset, shape }: Slice): T =>
  data.subarray(offset, offset + sizeOf(shape)) as T;

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
  it.each(vectors.logits)('$name: every logit within 1e-4', async (golden) => {
    await using model = await loadPaella(BUNDLE, { runtime, attentionWeight: golden.weight });
    const [stage] = model.stages;
    const expected = slice(logits, golden.logits);
    const conditions = await model.encode([...new Set(golden.texts)], () => undefined);
    const ops = runtime.createOps();
    const [pictureCount, ...grid] = golden.tokens.shape;
    const codes = model.manifest.codebook.codes;
    for (const [item, r] of golden.r.entries()) {
      const size = sizeOf(grid);
      const own = slice(tokens, golden.tokens).subarray(item * size, (item + 1) * size);
      const x = ops.fromArray(Float32Array.from(own), [1, ...grid]);
      const branches = golden.texts.map((text, i): BranchConditions => {
        const branch: Branch = i === 0 && golden.weight !== 1 ? 'prompt' : `concept:${i}`;
        return { branch, conditions: [conditions.find((condition) => condition.text === text)!] };
      });
      const step = { index: 0, count: 1, timestep: r, alpha: 0, sigma: 0 };
      const predictions = await stage.predict(x, step, branches, ops);
      for (const [i, { branch }] of branches.entries()) {
        const got = await runtime.read(predictions.value(branch));
        expect(got).toHaveLength(codes * size);
        const row = golden.logits.shape[1]!;
        const start = (i * pictureCount + item) * row;
        const worst = Math.max(
          ...Array.from({ length: row }, (_, k) => Math.abs(got[k * golden.logits.stride]! - expected[start + k]!)),
        );
        expect(worst, `${branch} of picture ${item}`).toBeLessThan(1e-4);
      }
    }
    ops.dispose();
  });
});

describe('parity of whole runs with an independent implementation', () => {
  it.each(vectors.cases)('$name: every token after every step, every pixel within 1', async (golden) => {
    const { temperature, steps, size } = golden;
    const renoise = (golden.renoise ?? steps - 1) / steps;
    await using model: Paella = await loadPaella(BUNDLE, { runtime, temperature, renoise });
    const run = new Run(model, golden.prompts, {
      guidance: guidanceOf(golden),
      seed: golden.seed,
      steps,
      images: golden.images,
      sampler: golden.mode === 'multinomial' ? 'categorical' : golden.mode,
      ...(size && { width: size[0], height: size[1] }),
    });
    const [, ...grid] = golden.tokens.shape;
    const expected = slice(tokens, golden.tokens);
    for await (const { step, state } of run) {
      const start = (step.index + 1) * sizeOf(grid);
      const own = [...expected.subarray(start, start + sizeOf(grid))];
      expect([...(await state())], `tokens after step ${step.index}`).toEqual(own);
    }
    const { images } = await run.result();
    const got = images.flatMap(({ data }) => [...data]);
    const drawn = slice(pictures, golden.pictures);
    expect(got).toHaveLength(drawn.length * golden.pictures.stride);
    const worst = drawn.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - got[i * golden.pictures.stride]!)),
      0,
    );
    expect(worst, 'largest difference of a pixel').toBeLessThanOrEqual(1);
  });
});
