import type { TextTokenizer } from '@sega/bundle';
import { CachedTextEncoder } from '@sega/bundle/adapter';
import type { Graph, Runtime } from '@sega/guidance';

/**
 * ByT5's encoder with Paella's mapper and normalisation: text → bytes, without a mask → the tokens the denoiser attends to.
 *
 * @throws UNSUPPORTED when the graph asks for more than token ids.
 * @internal
 */
export function textEncoderOf(graph: Graph, tokenizer: TextTokenizer, runtime: Runtime): CachedTextEncoder {
  return new CachedTextEncoder(graph, tokenizer, runtime);
}
