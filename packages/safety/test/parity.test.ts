import { readFileSync } from 'node:fs';
import { openBundle, type SingleStageManifest } from '@sega/bundle';
import { folder } from '@sega/bundle/node';
import { chain, generate, type Runtime, scale } from '@sega/guidance';
import { nodeRuntime } from '@sega/runtime-node';
import { type Strength, safe } from '@sega/safety';
import { loadStableDiffusion } from '@sega/stable-diffusion';
import { stableDiffusion } from '@sega/tiny-faces';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** A run of diffusers' StableDiffusionPipelineSafe, as tools/goldens.py records it. */
interface SafetyCase {
  readonly name: string;
  readonly prompts: readonly string[];
  readonly seed: number;
  readonly steps: number;
  readonly scale: number;
  readonly safety: Strength | null;
  readonly scheduler: Readonly<Record<string, unknown>>;
  readonly pictures: { readonly offset: number; readonly shape: readonly number[] };
}

const vector = (file: string): URL => new URL(`../../../test/vectors/stable-diffusion-parity/${file}`, import.meta.url);
// Python writes infinities bare, where JSON has strings.
const text = readFileSync(vector('cases.json'), 'utf8').replaceAll(/: (-?Infinity)/g, ': "$1"');
const cases = (JSON.parse(text) as { cases: readonly SafetyCase[] }).cases.filter(({ safety }) => safety !== null);
const pictures = readFileSync(vector('pictures.bin'));

let runtime: Runtime;
beforeAll(() => {
  runtime = nodeRuntime();
});
afterAll(() => runtime.dispose());

describe("diffusers' StableDiffusionPipelineSafe", () => {
  it('was run with all four presets', () => {
    expect(cases.map(({ safety }) => safety).sort()).toEqual(['max', 'medium', 'strong', 'weak']);
  });

  it.each(cases)('$name: every pixel within 2', async (golden) => {
    const opened = await openBundle(folder(stableDiffusion));
    // The sampler is the one the case's scheduler file names, not the bundle's favourite.
    const own = opened.manifest as SingleStageManifest;
    const { sampler: _, ...defaults } = own.defaults;
    const bundle = { ...opened, manifest: { ...own, defaults }, schedulerConfig: async () => golden.scheduler };
    await using model = await loadStableDiffusion(bundle, { runtime });
    const { images } = await generate(model, golden.prompts, {
      guidance: chain(safe(golden.safety!, { compat: 'diffusers' }), scale(golden.scale)),
      seed: golden.seed,
      steps: golden.steps,
    });
    const got = images.flatMap(({ data }) => [...data]);
    const expected = pictures.subarray(golden.pictures.offset, golden.pictures.offset + got.length);
    const worst = got.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
    expect(worst, 'largest difference of a pixel').toBeLessThanOrEqual(2);
  });
});
