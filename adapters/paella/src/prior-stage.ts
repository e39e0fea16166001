import type { PriorSettings } from '@sega/bundle';
import { checkInputs, findPort, runRows } from '@sega/bundle/adapter';
import {
  type Branch,
  type BranchConditions,
  type Graph,
  GuidanceError,
  type Layout,
  type Port,
  type Prediction,
  Predictions,
  type Sampler,
  type Stage,
  type Step,
  type Tensor,
  type TensorOps,
} from '@sega/guidance';
import { priorSampler } from './prior-sampler.js';
import type { PaellaText } from './text-encoder.js';

const COMPONENT = 'prior';

/**
 * The stage before the tokens: from noise to the embedding of a picture the prompt could be of. Its state is the embedding,
 * [pictures, channels]; a branch is predicted under CLIP's embedding of its text, the unconditional one under zeros.
 *
 * @internal
 */
export class PriorStage implements Stage {
  readonly name = 'prior';
  readonly auxiliary = true;
  readonly space = 'epsilon';
  readonly layout: Layout = ['batch', 'channel'];
  readonly defaults: PriorSettings;
  readonly #graph: Graph;
  readonly #channels: number;
  readonly #ports: Readonly<Record<'x' | 'r' | 'embedding' | 'noise', Port>>;

  /** @throws UNSUPPORTED when the graph's ports are not those of such a network. */
  constructor(graph: Graph, defaults: PriorSettings) {
    this.defaults = defaults;
    this.#graph = graph;
    const input = (name: string, rank: number): Port => findPort(COMPONENT, graph.inputs, [name], rank);
    this.#ports = {
      x: input('x', 2),
      r: input('r', 1),
      embedding: input('embedding', 2),
      noise: findPort(COMPONENT, graph.outputs, ['noise'], 2),
    };
    const { noise, ...inputs } = this.#ports;
    checkInputs(COMPONENT, graph, Object.values(inputs));
    this.#channels = channelsOf(this.#ports.x);
  }

  /** The one sampler there is. @throws SAMPLER_UNKNOWN */
  sampler(name?: string): Sampler {
    const sampler = priorSampler();
    if (name === undefined || name === sampler.name) return sampler;
    throw new GuidanceError('SAMPLER_UNKNOWN', `The prior has no sampler "${name}"; it has ${sampler.name}.`, {
      name,
      known: [sampler.name],
    });
  }

  stateShape({ items }: { readonly items: number }): readonly number[] {
    return [items, this.#channels];
  }

  /** Each picture runs by itself: ONNX Runtime rounds differently in another company. */
  async predict(x: Tensor, step: Step, branches: readonly BranchConditions[], ops: TensorOps): Promise<Predictions> {
    const ports = this.#ports;
    const rows = branches.length;
    const r = { data: Array<number>(rows).fill(step.timestep), shape: [rows] };
    const values: Tensor[] = [];
    for (let item = 0; item < x.shape[0]!; item++) {
      const own = ops.slice(x, item, item + 1);
      const tensors = {
        [ports.x.name]: ops.concat(Array<Tensor>(rows).fill(own)),
        [ports.embedding.name]: this.#embeddings(branches, item, ops),
      };
      const feeds = { tensors, arrays: { [ports.r.name]: r } };
      values.push(await runRows(this.#graph, ports.noise.name, feeds, rows, ops));
    }
    const byBranch = branches.map(({ branch }, row): readonly [Branch, Prediction] => [
      branch,
      { value: ops.concat(values.map((value) => ops.slice(value, row, row + 1))) },
    ]);
    return new Predictions(new Map(byBranch));
  }

  /** What each branch of one picture is predicted under, [branches, channels]. */
  #embeddings(branches: readonly BranchConditions[], item: number, ops: TensorOps): Tensor {
    const data = new Float32Array(branches.length * this.#channels);
    branches.forEach(({ branch, conditions }, row) => {
      const { pooled } = conditions[item] as PaellaText;
      if (branch !== 'unconditional') data.set(pooled!, row * this.#channels);
    });
    return ops.fromArray(data, [branches.length, this.#channels]);
  }
}

/** @throws UNSUPPORTED */
function channelsOf({ name, shape }: Port): number {
  const channels = shape[1];
  if (typeof channels === 'number') return channels;
  throw new GuidanceError(
    'UNSUPPORTED',
    `The ${COMPONENT} leaves the size of "${name}" open: [${shape}]. Export it with the channels of an embedding fixed.`,
    { component: COMPONENT, port: name, shape },
  );
}
