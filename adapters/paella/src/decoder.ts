import { checkInputs, findPort, runRows } from '@sega/bundle/adapter';
import {
  type Graph,
  GuidanceError,
  type Image,
  imagesFromPlanes,
  type Port,
  type Runtime,
  type Tensor,
  type TensorOps,
} from '@sega/guidance';

const COMPONENT = 'decoder';

/** Tokens decoded in one run: a picture of 256 × 256, or sixteen of 64 × 64. */
const POSITIONS = 64 * 64;

/**
 * The decoder of the picture tokenizer: tokens → pictures.
 *
 * @internal
 */
export class TokenDecoder {
  readonly #graph: Graph;
  readonly #runtime: Runtime;
  readonly #codes: number;
  readonly #tokens: Port;
  readonly #picture: Port;

  /** @param codes - Of the bundle's codebook. */
  constructor(graph: Graph, runtime: Runtime, codes: number) {
    this.#graph = graph;
    this.#runtime = runtime;
    this.#codes = codes;
    this.#tokens = findPort(COMPONENT, graph.inputs, ['tokens'], 3);
    this.#picture = findPort(COMPONENT, graph.outputs, ['picture'], 4);
    checkInputs(COMPONENT, graph, [this.#tokens]);
  }

  /** @throws TOKENS_INVALID when a token is no code. */
  async decode(x: Tensor, ops: TensorOps): Promise<readonly Image[]> {
    const [, height = 1, width = 1] = x.shape;
    const maxRows = Math.max(1, Math.floor(POSITIONS / (height * width)));
    const tensors = { [this.#tokens.name]: x };
    const running = runRows(this.#graph, this.#picture.name, { tensors }, maxRows, ops);
    // Read while the graph runs: what it makes of tokens that are none does not matter.
    const [tokens, unit] = await Promise.allSettled([this.#runtime.read(x), running]);
    if (tokens.status === 'fulfilled') this.#checkTokens(tokens.value);
    if (unit.status === 'rejected') throw unit.reason;
    const planes = (await this.#runtime.read(unit.value)).map((value) => 2 * value - 1);
    return imagesFromPlanes(planes, unit.value.shape);
  }

  #checkTokens(tokens: Float32Array): void {
    const wrong = tokens.findIndex((token) => !(Number.isInteger(token) && token >= 0 && token < this.#codes));
    if (wrong < 0) return;
    throw new GuidanceError(
      'TOKENS_INVALID',
      `Token ${wrong} is ${tokens[wrong]}; tokens are whole numbers from 0 to ${this.#codes - 1}. Numbers that are not ` +
        'finite come from a denoiser that overflowed: use an export that computes in float32.',
      { position: wrong, token: tokens[wrong], codes: this.#codes },
    );
  }
}
