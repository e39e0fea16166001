import { readFile } from 'node:fs/promises';
import { openBundle, type SingleStageManifest } from '@sega/bundle';
import { folder } from '@sega/bundle/node';
import {
  away,
  chain,
  type Guidance,
  negativePrompt,
  Run,
  type Runtime,
  type SafeLatentPreset,
  safeLatent,
  scale,
  semantic,
  toward,
} from '@sega/guidance';
import { nodeRuntime } from '@sega/runtime-node';
import { loadStableDiffusion } from '@sega/stable-diffusion';
import { stableDiffusion } from '@sega/tiny-faces';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Slice {
  readonly offset: number;
  readonly shape: readonly [number, ...number[]];
}

/** A run of diffusers, as tools/goldens.py records it. */
interface GoldenCase {
  readonly name: string;
  readonly prompts: readonly string[];
  readonly seed: number;
  readonly steps: number;
  readonly scale: number;
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
  readonly momentum: number;
  readonly beta: number;
  readonly safety: SafeLatentPreset | null;
  readonly scheduler: Readonly<Record<string, unknown>>;
  readonly latents: Slice;
  readonly pictures: Slice;
}

const vector = (file: string): URL => new URL(`../../../test/vectors/stable-diffusion-parity/${file}`, import.meta.url);
// Python writes infinities bare, where JSON and diffusers' own files have strings.
const text = (await readFile(vector('cases.json'), 'utf8')).replaceAll(/: (-?Infinity)/g, ': "$1"');
const { cases } = JSON.parse(text) as { cases: readonly GoldenCase[] };
const latents = new Float32Array((await readFile(vector('latents.bin'))).buffer);
const pictures = new Uint8Array(await readFile(vector('pictures.bin')));

function guidanceOf({ concepts, momentum, beta, negative, safety, ...golden }: GoldenCase): Guidance {
  const free = scale(golden.scale);
  if (safety) return chain(safeLatent(safety), free);
  if (concepts.length === 0) return negativePrompt(negative, free);
  const steered = concepts.map(({ text, away: reversed, cooldown, ...settings }) =>
    (reversed ? away : toward)(text, { ...settings, ...(cooldown !== null && { cooldown }) }),
  );
  const options = { momentum: { scale: momentum, beta }, compat: 'diffusers' } as const;
  return negativePrompt(negative, chain(free, semantic(steered, options)));
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
  it.each(cases)('$name: every latent within 1e-3, every pixel within 2', async (golden) => {
    const opened = await openBundle(folder(stableDiffusion));
    // The sampler under test is the one the case's scheduler file names, not the bundle's favourite.
    const own = opened.manifest as SingleStageManifest;
    const { sampler: _, ...defaults } = own.defaults;
    const manifest = { ...own, defaults };
    const bundle = { ...opened, manifest, schedulerConfig: async () => golden.scheduler };
    await using model = await loadStableDiffusion(bundle, { runtime });
    const run = new Run(model, golden.prompts, {
      guidance: guidanceOf(golden),
      seed: golden.seed,
      steps: golden.steps,
      images: golden.images,
    });
    const [evaluations, ...shape] = golden.latents.shape;
    expect(run.steps).toBe(evaluations);
    for await (const { step, state } of run) {
      const start = golden.latents.offset + step.index * sizeOf(shape);
      const error = relativeError(await state(), latents.subarray(start, start + sizeOf(shape)));
      expect(error, `latents after step ${step.index}`).toBeLessThan(1e-3);
    }
    const { images } = await run.result();
    const got = images.flatMap(({ data }) => [...data]);
    const expected = pictures.subarray(golden.pictures.offset, golden.pictures.offset + sizeOf(golden.pictures.shape));
    expect(got).toHaveLength(expected.length);
    const worst = got.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
    expect(worst, 'largest difference of a pixel').toBeLessThanOrEqual(2);
  });
});
