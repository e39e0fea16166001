import { allFinite, LatentDecoder, notFinite } from '@sega/bundle/adapter';
import { type Graph, type Image, imagesFromPlanes, type Runtime, type Tensor, type TensorOps } from '@sega/guidance';

/** From a stage's state to its pictures. @internal */
export interface StageDecoder {
  decode(x: Tensor, ops: TensorOps): Promise<readonly Image[]>;
}

/** The decoder of a stage over latents, or of one whose state is the picture. @internal */
export function decoderOf(
  stage: string,
  runtime: Runtime,
  latents?: { readonly graph: Graph; readonly scale: number },
): StageDecoder {
  if (latents) return new LatentDecoder(latents.graph, runtime, latents.scale);
  return {
    decode: async (x) => {
      const planes = await runtime.read(x);
      if (!allFinite(planes)) throw notFinite(`denoiser of stage ${stage}`, 'a picture');
      return imagesFromPlanes(planes, x.shape);
    },
  };
}
