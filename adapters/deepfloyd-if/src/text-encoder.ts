import type { Bundle, CascadeManifest } from '@sega/bundle';
import { CachedTextEncoder } from '@sega/bundle/adapter';
import type { Condition, Graph, Port, Runtime } from '@sega/guidance';
import { lowerCaption } from './clean-caption/lower-caption.js';
import { PromptEmbeddings } from './prompt-embeddings.js';

/** Tokens DeepFloyd-IF reads: its denoisers normalise over them, so that the number may not change. */
const TOKENS = 77;

/** Texts → what a stage's denoiser attends to. @internal */
export interface StageTextEncoder {
  encode(texts: readonly string[], warn: (message: string) => void): Promise<readonly Condition[]>;
}

/**
 * T5's encoder, which is told which tokens are padding; the denoisers then see all of them. Texts are lower-cased, or
 * cleaned as the training captions were. A bundle without the encoder carries embeddings of some texts instead.
 *
 * @internal
 */
export async function captionEncoderOf(
  bundle: Bundle,
  manifest: CascadeManifest,
  graph: Graph | undefined,
  runtime: Runtime,
  cleans: boolean,
): Promise<StageTextEncoder> {
  // Tables of half the adapter's size, which few need.
  const prepare = cleans ? (await import('./clean-caption/clean-caption.js')).cleanCaption : lowerCaption;
  if (graph) {
    const tokenizer = await bundle.tokenizer(manifest.tokenizer, TOKENS);
    return new CachedTextEncoder(graph, tokenizer, runtime, { prepare, masked: true });
  }
  const file = manifest.promptEmbeddings!;
  return PromptEmbeddings.read(await bundle.read(file), `${file} of ${manifest.name}`, prepare);
}

/** A stage's own encoder: CLIP's, without a mask, which takes texts as they are. @internal */
export async function clipEncoderOf(
  bundle: Bundle,
  tokenizer: string,
  graph: Graph,
  runtime: Runtime,
): Promise<StageTextEncoder> {
  const length = declaredLength(graph.inputs);
  return new CachedTextEncoder(graph, await bundle.tokenizer(tokenizer, length), runtime);
}

/** Tokens a graph was exported for, where it fixes them. */
function declaredLength(inputs: readonly Port[]): number | undefined {
  const length = inputs.find(({ shape }) => shape.length === 2)?.shape[1];
  return typeof length === 'number' ? length : undefined;
}
