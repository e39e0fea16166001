import type { TextTokenizer } from '@sega/bundle';
import { CachedTextEncoder } from '@sega/bundle/adapter';
import type { Graph, Runtime } from '@sega/guidance';

/**
 * CLIP's text encoder: text → token ids, without a mask → the last hidden state.
 *
 * @throws UNSUPPORTED when the graph asks for more than token ids.
 * @internal
 */
export function textEncoderOf(graph: Graph, tokenizer: TextTokenizer, runtime: Runtime): CachedTextEncoder {
  return new CachedTextEncoder(graph, tokenizer, runtime);
}
