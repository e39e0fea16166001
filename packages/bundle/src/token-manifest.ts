import type { Fields } from './fields.js';
import type { ManifestBase, ManifestDefaults } from './manifest.js';

/** The codebook a token model's pictures are written in. @category Bundle */
export interface Codebook {
  /** Codes, K. */
  readonly codes: number;
  /** Pixels for each token, along a side. */
  readonly factor: number;
  /** What the sides of a grid of tokens must be multiples of. */
  readonly divisor: number;
}

/** How tokens are sampled unless asked otherwise. @category Bundle */
export interface TokenSampling {
  /** Of the first and of the last step, above 0. */
  readonly temperature: readonly [number, number];
  /** Share of the steps after which tokens are replaced again. */
  readonly renoise: number;
  /** How the share of random tokens falls. Default `linear`. */
  readonly schedule?: 'linear' | 'cosine';
  /** Share of the steps with classifier-free guidance, the first ones, within (0, 1]. Default 1. */
  readonly conditional?: number;
}

/** What the attention of the prompt's branch to its condition is multiplied with, above 0. @category Bundle */
export interface AttentionWeights {
  /** To the tokens of the text. */
  readonly text: number;
  /** To those of the picture embedding. */
  readonly image: number;
}

/** How the embedding of a picture is sampled from that of a text. @category Bundle */
export interface PriorSettings {
  readonly steps: number;
  /** Classifier-free guidance scale. */
  readonly scale: number;
}

/** The manifest of a model of discrete tokens. @category Bundle */
export interface TokenManifest extends ManifestBase {
  /** Folder of the tokenizer. */
  readonly tokenizer: string;
  /** Folder of the second text encoder's tokenizer, where the bundle has one. */
  readonly clipTokenizer?: string;
  readonly codebook: Codebook;
  readonly sampling: TokenSampling;
  /** Recommended. Default 1 and 1. */
  readonly attentionWeights?: AttentionWeights;
  /** Present with the component `prior`. */
  readonly prior?: PriorSettings;
  readonly predictionType: 'logits';
  readonly defaults: ManifestDefaults;
}

type TokenFields = Omit<TokenManifest, keyof ManifestBase | 'defaults'>;

/** The prior's settings where the manifest names none: the original's. */
const PRIOR = { steps: 60, scale: 3 } as const;

/** The fields only token models have. @throws BUNDLE_INVALID @internal */
export function parseTokenFields(root: Fields, components: ManifestBase['components']): TokenFields {
  const codebook = root.object('codebook');
  const sampling = root.object('sampling');
  return {
    tokenizer: root.path('tokenizer'),
    ...(root.has('clipTokenizer') && { clipTokenizer: root.path('clipTokenizer') }),
    codebook: {
      codes: codebook.number('codes', { min: 2, integer: true }),
      factor: codebook.number('factor', { min: 1, integer: true }),
      divisor: codebook.number('divisor', { min: 1, integer: true }),
    },
    sampling: {
      temperature: parseTemperature(sampling),
      renoise: sampling.number('renoise', { min: 0, max: 1 }),
      ...(sampling.has('schedule') && { schedule: sampling.oneOf('schedule', ['linear', 'cosine']) }),
      ...(sampling.has('conditional') && { conditional: sampling.number('conditional', { above: 0, max: 1 }) }),
    },
    ...(root.has('attentionWeights') && { attentionWeights: parseWeights(root.object('attentionWeights')) }),
    ...(Object.hasOwn(components, 'prior') && { prior: parsePrior(root) }),
    predictionType: root.oneOf('predictionType', ['logits']),
  };
}

function parseTemperature(sampling: Fields): readonly [number, number] {
  const value = sampling.value.temperature;
  const isPair = Array.isArray(value) && value.length === 2 && value.every((end) => Number.isFinite(end) && end > 0);
  return isPair ? (value as [number, number]) : sampling.fail('temperature', 'a list of two numbers above 0');
}

function parseWeights(fields: Fields): AttentionWeights {
  return { text: fields.number('text', { above: 0 }), image: fields.number('image', { above: 0 }) };
}

function parsePrior(root: Fields): PriorSettings {
  if (!root.has('prior')) return PRIOR;
  const fields = root.object('prior');
  return {
    steps: fields.has('steps') ? fields.number('steps', { min: 1, max: 1000, integer: true }) : PRIOR.steps,
    scale: fields.has('scale') ? fields.number('scale') : PRIOR.scale,
  };
}

/** Refuses a size that is no whole number of tokens, and parts that lack others. @throws BUNDLE_INVALID @internal */
export function checkTokenManifest(root: Fields, { files, components, codebook, defaults }: TokenManifest): void {
  root.folder('tokenizer', files);
  const listed = root.object('components');
  const needs = (role: string, other: string): void => {
    if (Object.hasOwn(components, role)) listed.path(other);
  };
  if (Object.hasOwn(components, 'clipTextEncoder')) root.folder('clipTokenizer', files);
  needs('prior', 'imageConditioner');
  needs('imageConditioner', 'prior');
  needs('prior', 'clipTextEncoder');
  const multiple = codebook.factor * codebook.divisor;
  for (const side of ['width', 'height'] as const) {
    if (defaults[side] % multiple === 0) continue;
    root.object('defaults').fail(side, `a multiple of codebook.factor × codebook.divisor, ${multiple}`);
  }
}
