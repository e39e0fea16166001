import {
  type Branch,
  type BranchConditions,
  type Graph,
  GuidanceError,
  type HostArray,
  type Port,
  type Prediction,
  Predictions,
  type Step,
  type Tensor,
  type TensorOps,
} from '@sega/guidance';
import { type RowFeeds, runRows } from './batched-rows.js';
import { checkInputs, findPort } from './ports.js';
import type { TextCondition } from './text-encoder.js';

const COMPONENT = 'denoiser';

/** The conditions of a batch, stacked once and used for as many steps as they stay the same. */
interface Stack {
  readonly conditions: readonly TextCondition[];
  readonly tensor: Tensor;
}

/**
 * Stable Diffusion's UNet: noisy latents, a timestep and text → predictions by branch.
 *
 * The rows of one batch are the pictures of the first branch, then those of the second, and so on.
 *
 * @internal
 */
export class Denoiser {
  readonly #graph: Graph;
  readonly #maxRows: (shape: readonly number[]) => number;
  /** Latents [rows, channels, height, width]. */
  readonly sample: Port;
  readonly #timestep: Port;
  readonly #text: Port;
  readonly #output: Port;
  readonly #stacks = new WeakMap<TensorOps, Stack>();

  /**
   * @param maxRows - Rows one run may take, for a shape of latents.
   * @throws UNSUPPORTED when the graph's inputs are not those of a text-to-image UNet.
   */
  constructor(graph: Graph, channels: number, maxRows: (shape: readonly number[]) => number) {
    this.#graph = graph;
    this.#maxRows = maxRows;
    this.sample = findPort(COMPONENT, graph.inputs, ['sample'], 4);
    this.#text = findPort(COMPONENT, graph.inputs, ['encoder_hidden_states'], 3);
    this.#timestep = findPort(COMPONENT, graph.inputs, ['timestep', 't'], 0);
    this.#output = findPort(COMPONENT, graph.outputs, ['out_sample'], 4);
    checkInputs(COMPONENT, graph, [this.sample, this.#timestep, this.#text]);
    const taken = this.sample.shape[1];
    if (typeof taken === 'number' && taken !== channels) {
      throw new GuidanceError(
        'UNSUPPORTED',
        `The denoiser takes ${taken} channels but the bundle's latents have ${channels}; inpainting and upscaling UNets ` +
          'cannot make pictures from text alone. Use a text-to-image bundle.',
        { expected: channels, received: taken },
      );
    }
  }

  /** @throws PREDICTION_SHAPE when the graph returns another shape than the latents'. */
  async predict(x: Tensor, step: Step, branches: readonly BranchConditions[], ops: TensorOps): Promise<Predictions> {
    const conditions = branches.flatMap((branch) => branch.conditions as readonly TextCondition[]);
    const rows = conditions.length;
    const sample = branches.length === 1 ? x : ops.concat(branches.map(() => x));
    const feeds: RowFeeds = {
      tensors: { [this.sample.name]: sample, [this.#text.name]: this.#stacked(conditions, ops) },
      ...this.#timesteps(step.timestep, rows),
    };
    const out = await runRows(this.#graph, this.#output.name, feeds, this.#maxRows(x.shape), ops);
    if (out.shape.length !== sample.shape.length || out.shape.some((extent, axis) => extent !== sample.shape[axis])) {
      throw new GuidanceError(
        'PREDICTION_SHAPE',
        `The denoiser returned [${out.shape}] for latents of shape [${sample.shape}]; both must be equal.`,
        { received: out.shape, expected: sample.shape },
      );
    }
    const items = x.shape[0]!;
    const byBranch = branches.map(({ branch }, i): readonly [Branch, Prediction] => [
      branch,
      { value: branches.length === 1 ? out : ops.slice(out, i * items, (i + 1) * items) },
    ]);
    return new Predictions(new Map(byBranch));
  }

  /** The timestep as the graph declares it: a scalar, one number, or one for each row; whole for integer types. */
  #timesteps(timestep: number, rows: number): Pick<RowFeeds, 'arrays' | 'shared'> {
    const { name, type, shape } = this.#timestep;
    const value = type.startsWith('int') ? Math.round(timestep) : timestep;
    if (shape.length === 0) return { shared: { [name]: { data: [value], shape: [] } } };
    if (shape[0] === 1 && this.sample.shape[0] !== 1) return { shared: { [name]: { data: [value], shape: [1] } } };
    const each: HostArray = { data: Array<number>(rows).fill(value), shape: [rows] };
    return { arrays: { [name]: each } };
  }

  #stacked(conditions: readonly TextCondition[], ops: TensorOps): Tensor {
    const last = this.#stacks.get(ops);
    if (last && sameConditions(last.conditions, conditions)) return last.tensor;
    if (last) ops.release(last.tensor);
    const [first] = conditions;
    const size = first!.embedding.length;
    const data = new Float32Array(conditions.length * size);
    conditions.forEach(({ embedding }, row) => {
      data.set(embedding, row * size);
    });
    const tensor = ops.keep(ops.fromArray(data, [conditions.length, ...first!.shape]));
    this.#stacks.set(ops, { conditions, tensor });
    return tensor;
  }
}

function sameConditions(a: readonly TextCondition[], b: readonly TextCondition[]): boolean {
  return a.length === b.length && a.every((condition, row) => condition === b[row]);
}
