import type { TextCondition } from '@sega/bundle/adapter';
import { GuidanceError } from '@sega/guidance';
import { readSafetensors } from './safetensors.js';

type Prepare = (text: string) => string | Promise<string>;

/**
 * Embeddings computed elsewhere, by text: for models whose text encoder fits no machine at hand. The file is a
 * `.safetensors` with one tensor of shape [tokens, width] for each text, named by the text; that of the unconditional
 * branch is named by the empty one.
 *
 * @internal
 */
export class PromptEmbeddings {
  readonly #byText: ReadonlyMap<string, TextCondition>;
  readonly #prepare: Prepare;
  readonly #source: string;

  private constructor(byText: ReadonlyMap<string, TextCondition>, source: string, prepare: Prepare) {
    this.#byText = byText;
    this.#source = source;
    this.#prepare = prepare;
  }

  /**
   * @param source - The file, for messages.
   * @param prepare - Both the file's texts and those asked for go through it.
   * @throws BUNDLE_INVALID when the bytes are no such file.
   */
  static async read(file: Uint8Array, source: string, prepare: Prepare): Promise<PromptEmbeddings> {
    const byText = new Map<string, TextCondition>();
    for (const [text, { values, shape }] of readSafetensors(file, source)) {
      if (shape.length !== 2) throw wrongShape(source, text, shape);
      byText.set(await prepare(text), { text, embedding: values, shape, dropped: '' });
    }
    return new PromptEmbeddings(byText, source, prepare);
  }

  /** @throws EMBEDDING_MISSING naming the texts the file does not hold. */
  async encode(texts: readonly string[]): Promise<readonly TextCondition[]> {
    const prepared = await Promise.all(texts.map(this.#prepare));
    const found = prepared.map((text) => this.#byText.get(text));
    const missing = texts.filter((_, i) => !found[i]);
    if (missing.length > 0) {
      const named = missing.map((text) => `"${text}"`).join(', ');
      throw new GuidanceError(
        'EMBEDDING_MISSING',
        `${this.#source} has no embedding of ${named}; it has ${this.#byText.size} texts and there is no text encoder ` +
          'to make others. Add them to the file, or use a bundle with a text encoder.',
        { missing, known: [...this.#byText.keys()] },
      );
    }
    return texts.map((text, i) => ({ ...found[i]!, text }));
  }
}

function wrongShape(source: string, text: string, shape: readonly number[]): GuidanceError {
  return new GuidanceError(
    'BUNDLE_INVALID',
    `${source}: the embedding of "${text}" has shape [${shape}]; it must be [tokens, width].`,
    { source, text, shape },
  );
}
