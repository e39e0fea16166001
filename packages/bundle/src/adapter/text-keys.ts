import { type Graph, GuidanceError, type Port, type Tensor, type TensorOps } from '@sega/guidance';
import { fixedBatch, runRowOutputs } from './batched-rows.js';
import type { TextFeeds } from './condition-stack.js';
import { checkInputs, findPort } from './ports.js';

const COMPONENT = 'graph of the text keys';

/**
 * The part of a UNet that reads texts: the keys and values of its cross-attentions. They stay the same from step to step.
 *
 * @internal
 */
export class TextKeys {
  readonly #graph: Graph;
  readonly #text: Port;
  readonly #isFixed: boolean;

  /**
   * @param component - The denoiser, for messages.
   * @param inputs - What the denoiser takes beside state, timestep and label.
   * @throws UNSUPPORTED when the graph reads anything but texts; BUNDLE_INVALID when it does not give just these inputs.
   */
  constructor(graph: Graph, component: string, inputs: readonly Port[]) {
    this.#graph = graph;
    this.#text = findPort(COMPONENT, graph.inputs, ['encoder_hidden_states'], 3);
    checkInputs(COMPONENT, graph, [this.#text]);
    this.#isFixed = fixedBatch(graph, [this.#text.name]) !== undefined;
    const names = new Set([...inputs, ...graph.outputs].map(({ name }) => name));
    for (const name of names) {
      const [taken, given] = [inputs, graph.outputs].map((ports) => ports.find((port) => port.name === name));
      if (taken && given && isFit(taken, given)) continue;
      throw new GuidanceError(
        'BUNDLE_INVALID',
        `The ${component} takes ${describe(name, taken)} and the ${COMPONENT} gives ${describe(name, given)}; both graphs must ` +
          'be of one export. Export the model again, or leave textKeys out of the manifest of a denoiser that reads texts itself.',
        { component, input: name, taken: taken?.shape, given: given?.shape },
      );
    }
  }

  /** @param texts - [rows, tokens, width] */
  async of(texts: Tensor, ops: TensorOps): Promise<TextFeeds> {
    const feeds = { [this.#text.name]: texts };
    // Divided once more for the lanes, single rows would be rounded otherwise than in the denoiser's batch.
    if (!this.#isFixed) return this.#graph.run(feeds, ops);
    const names = this.#graph.outputs.map(({ name }) => name);
    const outputs = await runRowOutputs(this.#graph, names, { tensors: feeds }, texts.shape[0]!, ops);
    return Object.fromEntries(names.map((name, i) => [name, outputs[i]!]));
  }
}

/** Free extents fit any. */
function isFit({ shape: a }: Port, { shape: b }: Port): boolean {
  const areFixed = (x: number | string, y: number | string): boolean => typeof x === 'number' && typeof y === 'number';
  return a.length === b.length && a.every((extent, axis) => !areFixed(extent, b[axis]!) || extent === b[axis]);
}

function describe(name: string, port: Port | undefined): string {
  return port ? `"${name}" of shape [${port.shape}]` : `no "${name}"`;
}
