import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Bundle, type BundleFiles, openBundle } from '@sega/bundle';
import { folder } from '@sega/bundle/node';
import type { Image, Runtime } from '@sega/guidance';
import { nodeRuntime } from '@sega/runtime-node';
import { bundleJudge } from '@sega/safety';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clipPixels, pixelSettings } from '../src/clip-pixels.js';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const fixture = (name: string): Buffer => readFileSync(path(`fixtures/${name}`));
const withCode = (code: string): unknown => expect.objectContaining({ code });

/** What diffusers' checkers said, as tools/make_checker_fixtures.py records it. */
const verdicts = JSON.parse(fixture('verdicts.json').toString()) as {
  readonly sizes: readonly (readonly [number, number])[];
  readonly network: number;
  readonly stableDiffusion: readonly boolean[];
  readonly deepfloydIf: Readonly<Record<'nsfw' | 'watermark', readonly number[]>> &
    Readonly<Record<'unsafe' | 'watermarked', readonly boolean[]>>;
};

const bytes = fixture('pictures.bin');
let offset = 0;
const images: readonly Image[] = verdicts.sizes.map(([width, height]) => {
  const data = new Uint8Array(bytes.subarray(offset, offset + width * height * 3));
  offset += data.length;
  return { width, height, data };
});

const MODELS = '../../../adapters';

/** The files of a model without weights worth mentioning, and a safety checker's beside them. */
function withChecker(model: string, checker: string): BundleFiles {
  const [own, more] = [folder(path(`${MODELS}/${model}`)), folder(path(`fixtures/${checker}`))];
  const of = (name: string): BundleFiles => (/^(safety_checker|feature_extractor)\//.test(name) ? more : own);
  return {
    description: own.description,
    has: (name) => of(name).has(name),
    read: (name) => of(name).read(name),
    locate: (name) => of(name).locate(name),
  };
}

/** A cascade says in its manifest that it has a checker. */
async function cascade(): Promise<Bundle> {
  const files = withChecker('deepfloyd-if/test/fixtures/random-cascade', 'deepfloyd-if');
  const bundle = await openBundle(files);
  const safetyChecker = 'safety_checker/model.onnx';
  const { manifest } = bundle;
  return {
    ...bundle,
    manifest: { ...manifest, components: { ...manifest.components, safetyChecker } },
    graph: (role) =>
      role === 'safetyChecker' ? { name: role, location: files.locate(safetyChecker) } : bundle.graph(role),
  };
}

let runtime: Runtime;
beforeAll(() => {
  runtime = nodeRuntime();
});
afterAll(() => runtime.dispose());

describe("a bundle's own safety checker", () => {
  it('sees pictures as the reference image processor gives them, to the last bit', () => {
    const expected = new Float32Array(new Uint8Array(fixture('pixels.bin')).buffer);
    const config = JSON.parse(fixture('stable-diffusion/feature_extractor/preprocessor_config.json').toString());
    const settings = pixelSettings(config, 'a file');
    const size = 3 * verdicts.network ** 2;
    for (const [k, image] of images.entries()) {
      const pixels = clipPixels(image, settings);
      const worst = pixels.reduce((most, x, i) => Math.max(most, Math.abs(x - expected[k * size + i]!)), 0);
      expect(worst, `${image.width} × ${image.height}`).toBeLessThan(1e-6);
    }
  });

  it("says what diffusers' says, on Stable Diffusion", async () => {
    const files = withChecker('stable-diffusion/test/fixtures/random-diffusion', 'stable-diffusion');
    await using checker = await bundleJudge(await openBundle(files), { runtime });
    const found = await checker!.judge(images);
    expect(found.map(({ flagged }) => flagged)).toEqual(verdicts.stableDiffusion);
    expect(new Set(verdicts.stableDiffusion).size).toBe(2);
  });

  it("says what diffusers' says, on DeepFloyd-IF, with its scores", async () => {
    await using checker = await bundleJudge(await cascade(), { runtime });
    const found = await checker!.judge(images);
    const { nsfw, watermark, unsafe, watermarked } = verdicts.deepfloydIf;
    expect(found.map(({ flagged }) => flagged)).toEqual(unsafe.map((flag, i) => flag || watermarked[i]));
    for (const [i, { scores }] of found.entries()) {
      expect(scores.nsfw).toBeCloseTo(nsfw[i]!, 4);
      expect(scores.watermark).toBeCloseTo(watermark[i]!, 4);
    }
  });

  it('is none where the bundle has none', async () => {
    const bundle = await openBundle(folder(path(`${MODELS}/stable-diffusion/test/fixtures/random-diffusion`)));
    expect(await bundleJudge(bundle, { runtime })).toBeUndefined();
  });

  it('is refused when its files are not what a checker needs', async () => {
    const bundle = await cascade();
    const said = (json: Bundle['json']): Promise<unknown> => bundleJudge({ ...bundle, json }, { runtime });
    const config = (await bundle.json('feature_extractor/preprocessor_config.json')) as object;
    for (const wrong of [
      {},
      [],
      null,
      { ...config, resample: 2 },
      { ...config, do_resize: false },
      { ...config, image_std: [1, 0, 1] },
      { ...config, crop_size: { height: 64, width: 64 } },
      { ...config, size: 'large' },
    ]) {
      await expect(said(async () => wrong)).rejects.toThrow(withCode('BUNDLE_INVALID'));
    }
    const graph = (): ReturnType<Bundle['graph']> => bundle.graph('denoiser');
    await expect(bundleJudge({ ...bundle, graph }, { runtime })).rejects.toThrow(withCode('BUNDLE_INVALID'));
  });
});
