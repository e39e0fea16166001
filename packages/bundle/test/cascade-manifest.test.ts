import { parseManifest } from '@sega/bundle';
import { describe, expect, it } from 'vitest';

const PATHS = [
  'text/model.onnx',
  'i/model.onnx',
  'ii/model.onnx',
  'iii/model.onnx',
  'iii/text.onnx',
  'iii/decoder.onnx',
  'scheduler.json',
  'noising.json',
  'tokenizer/spiece.model',
  'clip/vocab.json',
  'prompts.safetensors',
];

const MANIFEST = {
  schema: 'sega-bundle/1',
  family: 'deepfloyd-if',
  name: 'acme/pixels',
  version: '1',
  license: { id: 'MIT', name: 'MIT License', acceptRequired: false },
  files: Object.fromEntries(PATHS.map((path) => [path, { bytes: 1, sha256: 'a'.repeat(64) }])),
  components: {
    textEncoder: 'text/model.onnx',
    stageI: 'i/model.onnx',
    stageII: 'ii/model.onnx',
    stageIII: 'iii/model.onnx',
    clip: 'iii/text.onnx',
    vae: 'iii/decoder.onnx',
  },
  stages: {
    I: { component: 'stageI', scheduler: 'scheduler.json', size: 16, timesteps: 'smart27', scale: 7 },
    II: {
      component: 'stageII',
      scheduler: 'scheduler.json',
      noising: 'noising.json',
      noiseLevel: 250,
      size: 32,
      timesteps: [999, 500, 0],
      scale: 4,
    },
    III: {
      component: 'stageIII',
      scheduler: 'scheduler.json',
      sampler: 'ddim',
      noising: 'noising.json',
      noiseLevel: 20,
      maxNoiseLevel: 350,
      textEncoder: 'clip',
      tokenizer: 'clip',
      decoder: 'vae',
      latent: { channels: 4, factor: 4, scale: 0.08 },
      size: 128,
      timesteps: 75,
      scale: 9,
    },
  },
  tokenizer: 'tokenizer',
  cleanCaption: true,
  defaults: { width: 128, height: 128, concept: { scale: 6, threshold: 0.9 } },
};

function changed(path: string, value: unknown): unknown {
  const manifest = structuredClone(MANIFEST) as Record<string, unknown>;
  const keys = path.split('>');
  const last = keys.pop()!;
  const target = keys.reduce((object, key) => object[key] as Record<string, unknown>, manifest);
  if (value === undefined) delete target[last];
  else target[last] = value;
  return manifest;
}

const parse = (value: unknown) => parseManifest(value, 'bundle.json');

describe('the manifest of a cascade', () => {
  it('parses to its stages in order', () => {
    const manifest = parse(MANIFEST);
    expect(manifest).toMatchObject({ family: 'deepfloyd-if', tokenizer: 'tokenizer', cleanCaption: true });
    expect('stages' in manifest && Object.entries(manifest.stages)).toEqual([
      ['I', { component: 'stageI', scheduler: 'scheduler.json', size: 16, timesteps: 'smart27', scale: 7 }],
      [
        'II',
        {
          component: 'stageII',
          scheduler: 'scheduler.json',
          noising: { scheduler: 'noising.json', level: 250 },
          size: 32,
          timesteps: [999, 500, 0],
          scale: 4,
        },
      ],
      [
        'III',
        {
          component: 'stageIII',
          scheduler: 'scheduler.json',
          sampler: 'ddim',
          noising: { scheduler: 'noising.json', level: 20, maxLevel: 350 },
          size: 128,
          timesteps: 75,
          scale: 9,
          textEncoder: { component: 'clip', tokenizer: 'clip' },
          decoder: { component: 'vae', latent: { channels: 4, factor: 4, scale: 0.08 } },
        },
      ],
    ]);
  });

  it('may carry embeddings of prompts in place of a text encoder and its tokenizer', () => {
    const { textEncoder: _, ...components } = MANIFEST.components;
    const { tokenizer: __, cleanCaption: ___, ...rest } = MANIFEST;
    const manifest = parse({ ...rest, components, promptEmbeddings: 'prompts.safetensors' });
    expect(manifest).toMatchObject({ promptEmbeddings: 'prompts.safetensors', cleanCaption: false });
    expect(manifest).not.toHaveProperty('tokenizer');
    expect(() => parse({ ...rest, components })).toThrow('components.textEncoder is missing');
    expect(() => parse({ ...rest, components, promptEmbeddings: 'others.safetensors' })).toThrow(
      'promptEmbeddings is "others.safetensors"; it must be a file listed under files.',
    );
  });

  it.each<[string, unknown, string]>([
    ['stages', {}, 'stages is {}; it must be an object of at least one stage.'],
    ['stages>I>component', 'net', 'stages.I.component is "net"; it must be named under components.'],
    ['stages>I>scheduler', 'other.json', 'stages.I.scheduler is "other.json"; it must be a file listed under files.'],
    ['stages>I>size', 0, 'stages.I.size is 0; it must be a whole number of at least 1.'],
    ['stages>I>scale', undefined, 'stages.I.scale is missing; it must be a finite number.'],
    ['stages>I>timesteps', undefined, 'stages.I.timesteps is missing; it must be a number of steps'],
    ['stages>I>timesteps', [], 'stages.I.timesteps is []; it must be a number of steps'],
    ['stages>I>timesteps', 0, 'stages.I.timesteps is 0; it must be a whole number of at least 1'],
    ['stages>II>size', 40, 'stages.II.size is 40; it must be a multiple of 16, the size of the stage before.'],
    ['stages>II>noising', undefined, 'stages.II.noising is missing; it must be a non-empty string.'],
    ['stages>II>noising', 'n.json', 'stages.II.noising is "n.json"; it must be a file listed under files.'],
    ['stages>II>noiseLevel', -1, 'stages.II.noiseLevel is -1; it must be a whole number of at least 0.'],
    ['stages>III>textEncoder', 'net', 'stages.III.textEncoder is "net"; it must be named under components.'],
    ['stages>III>tokenizer', undefined, 'stages.III.tokenizer is missing; it must be a non-empty string.'],
    ['stages>III>tokenizer', 'words', 'stages.III.tokenizer is "words"; it must be a folder with files'],
    ['stages>III>decoder', undefined, 'stages.III.decoder is missing; it must be a non-empty string.'],
    ['stages>III>latent', undefined, 'stages.III.latent is missing; it must be an object.'],
    ['stages>III>latent>factor', 3, 'stages.III.size is 128; it must be a multiple of latent.factor, 3.'],
    ['tokenizer', 'words', 'tokenizer is "words"; it must be a folder with files listed under files.'],
    ['cleanCaption', 'yes', 'cleanCaption is "yes"; it must be true or false.'],
    ['defaults>width', 0.5, 'defaults.width is 0.5; it must be a whole number of at least 1.'],
  ])('refuses %s %j', (path, value, message) => {
    expect(() => parse(changed(path, value))).toThrow(
      expect.objectContaining({ code: 'BUNDLE_INVALID', message: expect.stringContaining(message) }),
    );
  });
});
