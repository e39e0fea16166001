import {
  type Graph,
  type Image,
  imagesFromPlanes,
  type Port,
  type Runtime,
  type Tensor,
  type TensorOps,
} from '@sega/guidance';
import { allFinite, notFinite } from './all-finite.js';
import { runRows } from './batched-rows.js';
import { checkInputs, findPort } from './ports.js';

const COMPONENT = 'decoder';

/** Positions of latents decoded in one run: one picture of 512 × 512, or sixteen of 128 × 128. */
const POSITIONS = 64 * 64;

/**
 * The decoder of an autoencoder: latents → pictures.
 *
 *     picture = decode(latents / scale)
 *
 * @internal
 */
export class LatentDecoder {
  readonly #graph: Graph;
  readonly #runtime: Runtime;
  readonly #scale: number;
  readonly #latents: Port;
  readonly #pixels: Port;

  /** @param scale - Standard deviations of latents are 1 after multiplication by it. */
  constructor(graph: Graph, runtime: Runtime, scale: number) {
    this.#graph = graph;
    this.#runtime = runtime;
    this.#scale = scale;
    this.#latents = findPort(COMPONENT, graph.inputs, ['latent_sample'], 4);
    this.#pixels = findPort(COMPONENT, graph.outputs, ['sample'], 4);
    checkInputs(COMPONENT, graph, [this.#latents]);
  }

  /** @throws NOT_FINITE naming the component that overflowed. */
  async decode(x: Tensor, ops: TensorOps): Promise<readonly Image[]> {
    const [, , height = 1, width = 1] = x.shape;
    const maxRows = Math.max(1, Math.floor(POSITIONS / (height * width)));
    const latents = ops.sum([[1 / this.#scale, x]]);
    const tensors = { [this.#latents.name]: latents };
    const planes = await runRows(this.#graph, this.#pixels.name, { tensors }, maxRows, ops);
    const pixels = await this.#runtime.read(planes);
    if (!allFinite(pixels)) {
      throw allFinite(await this.#runtime.read(x))
        ? notFinite(COMPONENT, 'a picture')
        : notFinite('denoiser', 'latents');
    }
    return imagesFromPlanes(pixels, planes.shape);
  }
}
