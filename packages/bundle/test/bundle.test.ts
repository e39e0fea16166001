import { type BundleFiles, openBundle } from '@sega/bundle';
import { folder } from '@sega/bundle/node';
import { afterAll, describe, expect, it } from 'vitest';
import { bundleFolder, diffusersFolder, removeFixtures, writeTree } from './fixtures.js';

afterAll(removeFixtures);

const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 1700000000\n`;

describe('a bundle with a manifest', () => {
  it('opens, and locates its graphs, scheduler and tokenizer', async () => {
    const root = bundleFolder();
    const bundle = await openBundle(folder(root));
    expect(bundle.manifest).toMatchObject({ family: 'stable-diffusion', name: 'acme/faces', latent: { scale: 1.1 } });
    expect(bundle.graph('denoiser')).toEqual({
      name: 'denoiser (unet/model.onnx of acme/faces)',
      location: folder(root).locate('unet/model.onnx'),
    });
    expect(await bundle.schedulerConfig()).toEqual({ _class_name: 'DDIMScheduler', prediction_type: 'epsilon' });
    const tokenizer = await bundle.tokenizer();
    expect([...tokenizer.encode('a a').ids.slice(0, 5)]).toEqual([2, 1, 1, 3, 3]);
    expect(await bundle.tokenizer()).toBe(tokenizer);
  });

  it('reads the bare -Infinity that Python writes into scheduler_config.json', async () => {
    const config =
      '{"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity, "note": "-Infinity"}';
    const bundle = await openBundle(folder(diffusersFolder({ 'scheduler/scheduler_config.json': config })));
    expect(await bundle.schedulerConfig()).toMatchObject({ lambda_min_clipped: -Infinity, note: '-Infinity' });
  });

  it('names its components when asked for another', async () => {
    const bundle = await openBundle(folder(bundleFolder()));
    expect(() => bundle.graph('upscaler')).toThrow(/no component 'upscaler'.* textEncoder, denoiser, decoder/);
    expect(() => bundle.graph('toString')).toThrow(/no component 'toString'/);
  });

  it('reads further JSON files, and refuses absent and broken ones', async () => {
    const bundle = await openBundle(folder(bundleFolder(undefined, { 'extra.json': [1], 'broken.json': '{' })));
    expect(await bundle.json('extra.json')).toEqual([1]);
    await expect(bundle.json('broken.json')).rejects.toMatchObject({ code: 'BUNDLE_INVALID' });
    await expect(bundle.json('absent.json')).rejects.toMatchObject({ code: 'BUNDLE_FILE_MISSING' });
  });

  it('is BUNDLE_INVALID when bundle.json is truncated or breaks a rule', async () => {
    const truncated = folder(bundleFolder(undefined, { 'bundle.json': '{"schema": "sega-' }));
    await expect(openBundle(truncated)).rejects.toMatchObject({
      code: 'BUNDLE_INVALID',
      message: expect.stringMatching(/^bundle\.json of .* is not valid JSON/),
    });
    const broken = folder(bundleFolder((manifest) => delete manifest.latent));
    await expect(openBundle(broken)).rejects.toMatchObject({ code: 'BUNDLE_INVALID' });
  });
});

describe('verification', () => {
  it('is BUNDLE_FILE_MISSING when a listed file is absent, at every level', async () => {
    const files = folder(bundleFolder(undefined, { 'unet/model.onnx_data': undefined }));
    for (const verify of [undefined, 'none', 'size', 'sha256'] as const) {
      await expect(openBundle(files, { verify })).rejects.toMatchObject({
        code: 'BUNDLE_FILE_MISSING',
        message: expect.stringMatching(/^unet\/model\.onnx_data is missing from/),
      });
    }
  });

  it('is BUNDLE_FILE_CORRUPT when a file is truncated, unless verify is none', async () => {
    const files = folder(bundleFolder(undefined, { 'unet/model.onnx': 'deno' }));
    for (const verify of [undefined, 'size', 'sha256'] as const) {
      await expect(openBundle(files, { verify })).rejects.toMatchObject({
        code: 'BUNDLE_FILE_CORRUPT',
        message: expect.stringMatching(/^unet\/model\.onnx of .* is 4 bytes; expected 8 bytes\. It is truncated/),
        details: { path: 'unet/model.onnx', expected: '8 bytes', found: '4 bytes' },
      });
    }
    await expect(openBundle(files, { verify: 'none' })).resolves.toBeDefined();
  });

  it('is BUNDLE_FILE_CORRUPT when the contents of a file changed; sizes alone do not tell', async () => {
    const files = folder(bundleFolder(undefined, { 'unet/model.onnx': 'DENOISER' }));
    for (const verify of [undefined, 'sha256'] as const) {
      await expect(openBundle(files, { verify })).rejects.toMatchObject({
        code: 'BUNDLE_FILE_CORRUPT',
        message: expect.stringMatching(/^unet\/model\.onnx of .* is sha256 [0-9a-f]{64}; expected sha256 [0-9a-f]{64}/),
      });
    }
    await expect(openBundle(files, { verify: 'size' })).resolves.toBeDefined();
  });

  it('hashes bundles above 64 MiB only on request', async () => {
    const large = 65 * 2 ** 20;
    const hashed: string[] = [];
    const base = folder(
      bundleFolder((manifest) => {
        manifest.files['unet/model.onnx_data'].bytes = large;
      }),
    );
    const files: BundleFiles = {
      ...base,
      size: async (path) => (path === 'unet/model.onnx_data' ? large : base.size!(path)),
      sha256: (path) => {
        hashed.push(path);
        return base.sha256!(path);
      },
    };
    await openBundle(files);
    expect(hashed).toEqual([]);
    await openBundle(files, { verify: 'sha256' });
    expect(hashed).toContain('unet/model.onnx_data');
  });

  it('works on files that offer only has, read and locate', async () => {
    const { description, has, read, locate } = folder(bundleFolder());
    await expect(openBundle({ description, has, read, locate }, { verify: 'sha256' })).resolves.toBeDefined();
    const changed = async (path: string) => (path.endsWith('_data') ? new Uint8Array(7) : read(path));
    await expect(openBundle({ description, has, read: changed, locate })).rejects.toMatchObject({
      code: 'BUNDLE_FILE_CORRUPT',
    });
  });

  it('recognises a Git LFS pointer', async () => {
    for (const root of [
      bundleFolder(undefined, { 'unet/model.onnx': POINTER }),
      diffusersFolder({ 'unet/model.onnx': POINTER }),
    ]) {
      await expect(openBundle(folder(root))).rejects.toMatchObject({
        code: 'BUNDLE_FILE_CORRUPT',
        message: expect.stringMatching(/Git LFS pointer.*git lfs pull/),
      });
    }
  });

  it('refuses an unknown level', async () => {
    const options = { verify: 'md5' as 'size' };
    await expect(openBundle(folder(bundleFolder()), options)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});

describe('licence', () => {
  const license = {
    id: 'openrail-m',
    name: 'CreativeML Open RAIL-M',
    acceptRequired: true,
    url: 'https://acme.test/l',
  };
  const restricted = () => folder(bundleFolder((manifest) => Object.assign(manifest, { license })));

  it('that needs acceptance loads only with its own id', async () => {
    await expect(openBundle(restricted(), { acceptLicense: 'openrail-m' })).resolves.toBeDefined();
    for (const acceptLicense of [undefined, 'MIT', '', 'OPENRAIL-M']) {
      await expect(openBundle(restricted(), { acceptLicense })).rejects.toMatchObject({ code: 'LICENSE_NOT_ACCEPTED' });
    }
  });

  it('error names id, name, address and both ways to accept', async () => {
    const error = await openBundle(restricted()).catch((thrown) => thrown);
    for (const part of [
      license.id,
      license.name,
      license.url,
      "acceptLicense: 'openrail-m'",
      '--accept-license openrail-m',
    ])
      expect(error.message).toContain(part);
  });

  it('is checked before any file is read', async () => {
    const files: BundleFiles = { ...restricted(), size: () => Promise.reject(new Error('read')) };
    await expect(openBundle(files)).rejects.toMatchObject({ code: 'LICENSE_NOT_ACCEPTED' });
  });
});

describe('a diffusers folder', () => {
  it('opens unmodified; its configs become the manifest', async () => {
    const root = diffusersFolder();
    const bundle = await openBundle(folder(root));
    expect(bundle.manifest).toMatchObject({
      schema: 'sega-bundle/1',
      family: 'stable-diffusion',
      license: { id: 'unknown', acceptRequired: false },
      files: {},
      latent: { channels: 4, factor: 4, scale: 0.9 },
      predictionType: 'epsilon',
      defaults: { width: 64, height: 64, steps: 50, scale: 7.5, concept: { scale: 5, threshold: 0.9 } },
    });
    expect(bundle.graph('textEncoder').location).toBe(folder(root).locate('text_encoder/model.onnx'));
    expect((await bundle.tokenizer()).maxLength).toBe(77);
  });

  it('without component configs is read as Stable Diffusion 1', async () => {
    const root = diffusersFolder({
      'unet/config.json': undefined,
      'vae_decoder/config.json': undefined,
      'unet/weights.pb': 'weights',
      'scheduler/scheduler_config.json': { _class_name: 'PNDMScheduler' },
    });
    const { manifest } = await openBundle(folder(root));
    expect(manifest).toMatchObject({ latent: { channels: 4, factor: 8, scale: 0.18215 } });
    expect(manifest.defaults).toMatchObject({ width: 512, height: 512 });
  });

  it.each(['StableDiffusionPipeline', 'OnnxStableDiffusionPipeline', 'ORTStableDiffusionPipeline'])(
    'of class %s is a Stable Diffusion',
    async (_class_name) => {
      const { manifest } = await openBundle(folder(diffusersFolder({ 'model_index.json': { _class_name } })));
      expect(manifest.family).toBe('stable-diffusion');
    },
  );

  it('keeps height and width of an oblong sample size apart', async () => {
    const { manifest } = await openBundle(folder(diffusersFolder({ 'unet/config.json': { sample_size: [16, 24] } })));
    expect(manifest.defaults).toMatchObject({ width: 96, height: 64 });
  });

  it('that predicts velocity says so', async () => {
    const scheduler = { _class_name: 'DDIMScheduler', prediction_type: 'v_prediction' };
    const { manifest } = await openBundle(folder(diffusersFolder({ 'scheduler/scheduler_config.json': scheduler })));
    expect(manifest).toMatchObject({ predictionType: 'velocity' });
  });

  it('takes its licence from the front matter of README.md', async () => {
    const readme = '---\nlanguage: en\nlicense: creativeml-openrail-m\n---\n# A model';
    const { manifest } = await openBundle(folder(diffusersFolder({ 'README.md': readme })));
    expect(manifest.license.id).toBe('creativeml-openrail-m');
  });

  it.each<[string, Record<string, unknown>, string, RegExp]>([
    ['of another family', { 'model_index.json': { _class_name: 'FluxPipeline' } }, 'MODEL_UNKNOWN', /FluxPipeline/],
    ['without a class', { 'model_index.json': {} }, 'MODEL_UNKNOWN', /undefined/],
    ['with a list as index', { 'model_index.json': [] }, 'BUNDLE_INVALID', /model_index\.json/],
    [
      'without its denoiser',
      { 'unet/model.onnx': undefined },
      'BUNDLE_FILE_MISSING',
      /unet\/model\.onnx.*optimum-cli export/,
    ],
    [
      'with an empty graph',
      { 'vae_decoder/model.onnx': '' },
      'BUNDLE_FILE_CORRUPT',
      /vae_decoder\/model\.onnx .* empty file/,
    ],
    [
      'without a scheduler',
      { 'scheduler/scheduler_config.json': undefined },
      'BUNDLE_FILE_MISSING',
      /scheduler_config/,
    ],
    [
      'with an unknown prediction type',
      { 'scheduler/scheduler_config.json': { prediction_type: 'noise' } },
      'BUNDLE_INVALID',
      /prediction_type is "noise"; it must be one of epsilon, v_prediction, sample/,
    ],
    ['with a broken config', { 'unet/config.json': '{' }, 'BUNDLE_INVALID', /unet\/config\.json/],
  ])('%s is refused', async (_name, changes, code, message) => {
    await expect(openBundle(folder(diffusersFolder(changes)))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});

describe('neither layout', () => {
  it('is BUNDLE_NOT_FOUND, naming what was looked for', async () => {
    await expect(openBundle(folder(writeTree({ 'notes.txt': 'x' })))).rejects.toMatchObject({
      code: 'BUNDLE_NOT_FOUND',
      message: expect.stringMatching(/neither bundle\.json nor model_index\.json/),
    });
  });

  it('a bundle.json wins over a model_index.json', async () => {
    const root = bundleFolder(undefined, { 'model_index.json': { _class_name: 'FluxPipeline' } });
    expect((await openBundle(folder(root))).manifest.name).toBe('acme/faces');
  });
});
