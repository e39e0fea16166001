import type { TextTokenizer } from '@sega/bundle';
import { CachedTextEncoder, type TextCondition } from '@sega/bundle/adapter';
import type { Graph, Runtime } from '@sega/guidance';

/** A text as the denoiser attends to it: ByT5's tokens, then CLIP's where the bundle has them. @internal */
export interface PaellaText extends TextCondition {
  /** How many of the tokens are ByT5's. */
  readonly spelled: number;
}

/** A text encoder with its tokenizer. @internal */
export interface TextNetwork {
  readonly graph: Graph;
  readonly tokenizer: TextTokenizer;
}

/**
 * Text → the tokens the denoiser attends to. ByT5 reads its bytes without a mask; CLIP, where there is one, reads its words
 * and also gives the embedding the prior starts from. Both graphs end with Paella's mapper and normalisation, which
 * treat each token by itself, so that their tokens are simply joined.
 *
 * @internal
 */
export class PaellaTextEncoder {
  readonly #byt5: CachedTextEncoder;
  readonly #clip: CachedTextEncoder | undefined;
  /** By what ByT5 made of them: a text is the same object as long as that is remembered. */
  readonly #joined = new WeakMap<TextCondition, PaellaText>();

  /** @throws UNSUPPORTED when a graph asks for more than token ids. */
  constructor(runtime: Runtime, byt5: TextNetwork, clip: TextNetwork | undefined) {
    this.#byt5 = new CachedTextEncoder(byt5.graph, byt5.tokenizer, runtime);
    const options = { pooled: 'embedding', reader: 'CLIP' };
    this.#clip = clip && new CachedTextEncoder(clip.graph, clip.tokenizer, runtime, options);
  }

  /** The conditions of distinct texts, in their order. */
  async encode(texts: readonly string[], warn: (message: string) => void): Promise<readonly PaellaText[]> {
    const spelled = await this.#byt5.encode(texts, warn);
    const read = await this.#clip?.encode(texts, warn);
    return spelled.map((text, i) => {
      const joined = this.#joined.get(text) ?? join(text, read?.[i]);
      this.#joined.set(text, joined);
      return joined;
    });
  }
}

function join(spelled: TextCondition, read: TextCondition | undefined): PaellaText {
  const [tokens = 0, width = 0] = spelled.shape;
  if (!read) return { ...spelled, spelled: tokens };
  const embedding = new Float32Array(spelled.embedding.length + read.embedding.length);
  embedding.set(spelled.embedding);
  embedding.set(read.embedding, spelled.embedding.length);
  return { ...read, embedding, shape: [tokens + read.shape[0]!, width], spelled: tokens };
}
