import { LatentDecoder } from '@sega/bundle/adapter';
import type { Graph, Runtime } from '@sega/guidance';

/**
 * The decoder of Stable Diffusion's autoencoder.
 *
 *     picture = decode(latents / scale)
 *
 * @internal
 */
export function decoderOf(graph: Graph, runtime: Runtime, scale: number): LatentDecoder {
  return new LatentDecoder(graph, runtime, scale);
}
