import { parseManifest } from '@sega/bundle';
import { describe, expect, it } from 'vitest';
import { manifestOf } from './fixtures.js';

const FILES = {
  'text_encoder/model.onnx': 'a',
  'unet/model.onnx': 'b',
  'vae_decoder/model.onnx': 'c',
  'scheduler/scheduler_config.json': '{}',
  'tokenizer/tokenizer.json': '{}',
};

function changed(path: string, value: unknown): unknown {
  const manifest = manifestOf(FILES);
  const keys = path.split('>');
  const last = keys.pop()!;
  const target = keys.reduce((object, key) => object[key] as Record<string, unknown>, manifest);
  if (value === undefined) delete target[last];
  else target[last] = value;
  return manifest;
}

const parse = (value: unknown) => parseManifest(value, 'bundle.json');

describe('manifest', () => {
  it('parses to what it says', () => {
    const manifest = manifestOf(FILES);
    expect(parse(manifest)).toEqual(manifest);
  });

  it('ignores fields it does not know', () => {
    expect(parse(changed('future', { a: 1 }))).toEqual(manifestOf(FILES));
  });

  it('may leave out source, licence address, sampler and warm-up', () => {
    const manifest = parse(changed('source', undefined));
    expect(manifest.source).toEqual({});
    expect(manifest.license).not.toHaveProperty('url');
    expect(parse(changed('defaults>sampler', undefined)).defaults).not.toHaveProperty('sampler');
    expect(parse(changed('defaults>concept>warmup', undefined)).defaults.concept).not.toHaveProperty('warmup');
  });

  it("keeps the concepts' momentum, with or without its beta", () => {
    for (const momentum of [{ scale: 0.3, beta: 0.6 }, { scale: 0.3 }]) {
      expect(parse(changed('defaults>momentum', momentum)).defaults.momentum).toEqual(momentum);
    }
  });

  it('takes families of other adapters, with components of their own', () => {
    const manifest = manifestOf(FILES);
    const parsed = parse({ ...manifest, family: 'acme-pixels', components: { net: 'unet/model.onnx' } });
    expect(parsed.components).toEqual({ net: 'unet/model.onnx' });
  });

  const sha256 = 'a'.repeat(64);
  it.each<[string, unknown, string]>([
    ['schema', 'sega-bundle/2', 'schema is "sega-bundle/2"; it must be one of sega-bundle/1.'],
    ['family', undefined, 'family is missing; it must be a non-empty string.'],
    ['name', '', 'name is ""; it must be a non-empty string.'],
    ['version', 1, 'version is 1; it must be a non-empty string.'],
    ['license', 'MIT', 'license is "MIT"; it must be an object.'],
    ['license>acceptRequired', 'no', 'license.acceptRequired is "no"; it must be true or false.'],
    ['source', [], 'source is []; it must be an object.'],
    ['files', undefined, 'files is missing; it must be an object.'],
    ['files>../secret', { bytes: 1, sha256 }, 'files."../secret" is'],
    ['files>/etc/passwd', { bytes: 1, sha256 }, 'files."/etc/passwd" is'],
    ['files>a\\b', { bytes: 1, sha256 }, 'relative path with forward slashes'],
    [
      'files>unet/model.onnx>bytes',
      -1,
      'files."unet/model.onnx".bytes is -1; it must be a whole number of at least 0.',
    ],
    [
      'files>unet/model.onnx>sha256',
      'XYZ',
      'files."unet/model.onnx".sha256 is "XYZ"; it must be 64 lower-case hexadecimal',
    ],
    ['components>decoder', undefined, 'components.decoder is missing; it must be a non-empty string.'],
    [
      'components>denoiser',
      'unet/other.onnx',
      'components.denoiser is "unet/other.onnx"; it must be a file listed under files.',
    ],
    ['components>denoiser', '../model.onnx', 'components.denoiser is "../model.onnx"; it must be a relative path'],
    ['tokenizer', 'words', 'tokenizer is "words"; it must be a folder with files listed under files.'],
    ['scheduler', 'sampler.json', 'scheduler is "sampler.json"; it must be a file listed under files.'],
    ['latent>channels', 0, 'latent.channels is 0; it must be a whole number of at least 1.'],
    ['latent>factor', 2.5, 'latent.factor is 2.5; it must be a whole number of at least 1.'],
    ['latent>scale', 0, 'latent.scale is 0; it must be a finite number above 0.'],
    [
      'predictionType',
      'v_prediction',
      'predictionType is "v_prediction"; it must be one of epsilon, velocity, sample,',
    ],
    ['defaults>width', 66, 'defaults.width is 66; it must be a multiple of latent.factor, 4.'],
    [
      'defaults>steps',
      1_000_000,
      'defaults.steps is 1000000; it must be a whole number of at least 1 and of at most 1000.',
    ],
    ['defaults>scale', 'high', 'defaults.scale is "high"; it must be a finite number.'],
    ['defaults>concept', undefined, 'defaults.concept is missing; it must be an object.'],
    [
      'defaults>concept>threshold',
      1.5,
      'defaults.concept.threshold is 1.5; it must be a finite number of at least 0 and',
    ],
    ['defaults>concept>warmup', -1, 'defaults.concept.warmup is -1; it must be a whole number of at least 0.'],
    ['defaults>momentum', 0.3, 'defaults.momentum is 0.3; it must be an object.'],
    ['defaults>momentum', { scale: 2 }, 'defaults.momentum.scale is 2; it must be a finite number of at least 0 and'],
  ])('%s: %j is BUNDLE_INVALID', (path, value, message) => {
    expect(() => parse(changed(path, value))).toThrow(
      expect.objectContaining({ code: 'BUNDLE_INVALID', message: expect.stringContaining(message) }),
    );
  });

  it.each([[null], [[]], ['text'], [3]])('%j as a whole is BUNDLE_INVALID', (value) => {
    expect(() => parse(value)).toThrow(expect.objectContaining({ code: 'BUNDLE_INVALID' }));
  });
});
