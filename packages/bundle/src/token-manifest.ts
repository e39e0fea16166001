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
}

/** The manifest of a model of discrete tokens. @category Bundle */
export interface TokenManifest extends ManifestBase {
  /** Folder of the tokenizer. */
  readonly tokenizer: string;
  readonly codebook: Codebook;
  readonly sampling: TokenSampling;
  readonly predictionType: 'logits';
  readonly defaults: ManifestDefaults;
}

type TokenFields = Pick<TokenManifest, 'tokenizer' | 'codebook' | 'sampling' | 'predictionType'>;

/** The fields only token models have. @throws BUNDLE_INVALID @internal */
export function parseTokenFields(root: Fields): TokenFields {
  const codebook = root.object('codebook');
  const sampling = root.object('sampling');
  return {
    tokenizer: root.path('tokenizer'),
    codebook: {
      codes: codebook.number('codes', { min: 2, integer: true }),
      factor: codebook.number('factor', { min: 1, integer: true }),
      divisor: codebook.number('divisor', { min: 1, integer: true }),
    },
    sampling: {
      temperature: parseTemperature(sampling),
      renoise: sampling.number('renoise', { min: 0, max: 1 }),
    },
    predictionType: root.oneOf('predictionType', ['logits']),
  };
}

function parseTemperature(sampling: Fields): readonly [number, number] {
  const value = sampling.value.temperature;
  const isPair = Array.isArray(value) && value.length === 2 && value.every((end) => Number.isFinite(end) && end > 0);
  return isPair ? (value as [number, number]) : sampling.fail('temperature', 'a list of two numbers above 0');
}

/** Refuses a size that is no whole number of tokens. @throws BUNDLE_INVALID @internal */
export function checkTokenManifest(root: Fields, { files, codebook, defaults }: TokenManifest): void {
  root.folder('tokenizer', files);
  const multiple = codebook.factor * codebook.divisor;
  for (const side of ['width', 'height'] as const) {
    if (defaults[side] % multiple === 0) continue;
    root.object('defaults').fail(side, `a multiple of codebook.factor × codebook.divisor, ${multiple}`);
  }
}
