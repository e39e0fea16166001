import { parseManifest } from '@sega/bundle';
import { describe, expect, it } from 'vitest';

const GRAPHS = {
  textEncoder: 'text/model.onnx',
  denoiser: 'denoiser/model.onnx',
  decoder: 'decoder/model.onnx',
  clipTextEncoder: 'clip/model.onnx',
  imageConditioner: 'image/model.onnx',
  prior: 'prior/model.onnx',
};

const MANIFEST = {
  schema: 'sega-bundle/1',
  family: 'paella',
  name: 'acme/tokens',
  version: '1',
  license: { id: 'MIT', name: 'MIT License', acceptRequired: false },
  source: {},
  files: Object.fromEntries(
    [...Object.values(GRAPHS), 'bytes/tokenizer_config.json', 'words/vocab.json'].map((path) => [
      path,
      { bytes: 1, sha256: 'a'.repeat(64) },
    ]),
  ),
  components: GRAPHS,
  tokenizer: 'bytes',
  clipTokenizer: 'words',
  codebook: { codes: 64, factor: 4, divisor: 4 },
  sampling: { temperature: [1.2, 0.2], renoise: 0.8125, conditional: 0.625 },
  attentionWeights: { text: 1.2, image: 0.4 },
  prior: { steps: 10, scale: 2 },
  predictionType: 'logits',
  defaults: { width: 32, height: 32, steps: 8, scale: 4, concept: { scale: 4, threshold: 0.9 } },
};

type Changes = Readonly<Record<string, unknown>>;

/** The manifest with changes, deep by paths such as `sampling>conditional`; undefined leaves a field out. */
function changed(changes: Changes): unknown {
  const manifest = structuredClone(MANIFEST) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('>');
    const last = keys.pop()!;
    const target = keys.reduce((object, key) => object[key] as Record<string, unknown>, manifest);
    if (value === undefined) delete target[last];
    else target[last] = value;
  }
  return manifest;
}

const parse = (changes: Changes = {}): unknown => parseManifest(changed(changes), 'bundle.json');
const WITHOUT_PRIOR = { 'components>prior': undefined, 'components>imageConditioner': undefined };

describe('the manifest of a model of tokens', () => {
  it('parses to what it says', () => {
    expect(parse()).toEqual(MANIFEST);
  });

  it('may have the byte-level text alone', () => {
    const bare = { clipTokenizer: undefined, attentionWeights: undefined, prior: undefined };
    const manifest = parse({
      ...WITHOUT_PRIOR,
      ...bare,
      'components>clipTextEncoder': undefined,
      'sampling>conditional': undefined,
    });
    for (const field of Object.keys(bare)) expect(manifest).not.toHaveProperty(field);
    expect(manifest).toMatchObject({ sampling: { temperature: [1.2, 0.2], renoise: 0.8125 } });
  });

  it("takes the original's settings for a prior that names none", () => {
    expect(parse({ prior: undefined })).toMatchObject({ prior: { steps: 60, scale: 3 } });
    expect(parse({ 'prior>steps': undefined })).toMatchObject({ prior: { steps: 60, scale: 2 } });
    expect(parse(WITHOUT_PRIOR)).not.toHaveProperty('prior');
  });

  it.each<[Changes, string]>([
    [{ clipTokenizer: undefined }, 'clipTokenizer is missing; it must be a non-empty string.'],
    [{ clipTokenizer: 'clip_words' }, 'clipTokenizer is "clip_words"; it must be a folder with files listed'],
    [{ 'components>imageConditioner': undefined }, 'components.imageConditioner is missing'],
    [{ 'components>prior': undefined }, 'components.prior is missing'],
    [{ 'components>clipTextEncoder': undefined }, 'components.clipTextEncoder is missing'],
    [{ 'sampling>conditional': 0 }, 'sampling.conditional is 0; it must be a finite number above 0 and of at most 1.'],
    [{ 'sampling>conditional': 1.1 }, 'sampling.conditional is 1.1; it must be'],
    [{ 'sampling>renoise': -1 }, 'sampling.renoise is -1; it must be'],
    [{ 'sampling>schedule': 'sine' }, 'sampling.schedule is "sine"; it must be'],
    [{ 'sampling>temperature': [1, 0] }, 'sampling.temperature is [1,0]; it must be a list of two numbers above 0.'],
    [{ 'attentionWeights>text': 0 }, 'attentionWeights.text is 0; it must be a finite number above 0.'],
    [{ 'attentionWeights>image': undefined }, 'attentionWeights.image is missing'],
    [{ 'prior>steps': 0 }, 'prior.steps is 0; it must be a whole number of at least 1 and of at most 1000.'],
    [{ 'prior>scale': 'high' }, 'prior.scale is "high"; it must be a finite number.'],
    [
      { 'defaults>width': 40 },
      'defaults.width is 40; it must be a multiple of codebook.factor × codebook.divisor, 16.',
    ],
  ])('%j is BUNDLE_INVALID', (changes, message) => {
    expect(() => parse(changes)).toThrow(
      expect.objectContaining({ code: 'BUNDLE_INVALID', message: expect.stringContaining(message) }),
    );
  });
});
