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
import { ConditionStack, type TextCondition } from './condition-stack.js';
import { checkInputs, findPort } from './ports.js';

/** What a {@link UNet} is fed and gives beside what all have. @internal */
export interface UNetOptions {
  /** For messages. Default `denoiser`. */
  readonly component?: string;
  /** Rows one run may take, for a shape of the state. */
  readonly maxRows: (shape: readonly number[]) => number;
  /** The class label of every row, where the network takes one. Default: it takes none. */
  readonly label?: number;
  /** The output has as many channels again, which become `rest`. Default false. */
  readonly variance?: boolean;
}

/**
 * A UNet of diffusers' kind: a noisy state, a timestep and text → predictions by branch.
 *
 * The rows of one batch are the pictures of the first branch, then those of the second, and so on.
 *
 * @internal
 */
export class UNet {
  readonly #graph: Graph;
  readonly #options: UNetOptions;
  readonly #component: string;
  /** States [rows, channels, height, width], with those of the condition after them. */
  readonly sample: Port;
  readonly output: Port;
  readonly #timestep: Port;
  readonly #text: Port;
  readonly #label: Port | undefined;
  readonly #stack = new ConditionStack();

  /** @throws UNSUPPORTED when the graph's ports are not those of such a UNet. */
  constructor(graph: Graph, options: UNetOptions) {
    const { component = 'denoiser', label } = options;
    this.#graph = graph;
    this.#options = options;
    this.#component = component;
    this.sample = findPort(component, graph.inputs, ['sample'], 4);
    this.#text = findPort(component, graph.inputs, ['encoder_hidden_states'], 3);
    this.#timestep = findPort(component, graph.inputs, ['timestep', 't'], 0);
    this.#label = label === undefined ? undefined : findPort(component, graph.inputs, ['class_labels'], 1);
    this.output = findPort(component, graph.outputs, ['out_sample'], 4);
    checkInputs(component, graph, [this.sample, this.#timestep, this.#text, ...(this.#label ? [this.#label] : [])]);
  }

  /**
   * @param condition - Goes after the state's channels, for every branch the same.
   * @throws PREDICTION_SHAPE when the graph returns another shape than it should.
   */
  async predict(
    x: Tensor,
    step: Step,
    branches: readonly BranchConditions[],
    ops: TensorOps,
    condition?: Tensor,
  ): Promise<Predictions> {
    const conditions = branches.flatMap((branch) => branch.conditions as readonly TextCondition[]);
    const rows = conditions.length;
    const input = condition ? ops.concat([x, condition], 1) : x;
    const sample = branches.length === 1 ? input : ops.concat(branches.map(() => input));
    const feeds: RowFeeds = {
      tensors: { [this.sample.name]: sample, [this.#text.name]: this.#stack.tensor(conditions, ops) },
      ...this.#numbers(step.timestep, rows),
    };
    const out = await runRows(this.#graph, this.output.name, feeds, this.#options.maxRows(x.shape), ops);
    const [items, channels, ...plane] = x.shape as [number, number, ...number[]];
    this.#checkShape(out, [rows, this.#options.variance ? 2 * channels : channels, ...plane]);
    const byBranch = branches.map(({ branch }, i): readonly [Branch, Prediction] => {
      const own = branches.length === 1 ? out : ops.slice(out, i * items, (i + 1) * items);
      if (!this.#options.variance) return [branch, { value: own }];
      return [branch, { value: ops.channels(own, 0, channels), rest: ops.channels(own, channels, 2 * channels) }];
    });
    return new Predictions(new Map(byBranch));
  }

  #checkShape({ shape }: Tensor, expected: readonly number[]): void {
    if (shape.length === expected.length && shape.every((extent, axis) => extent === expected[axis])) return;
    throw new GuidanceError(
      'PREDICTION_SHAPE',
      `The ${this.#component} returned [${shape}] where [${expected}] should be; use the graph the bundle was made with.`,
      { component: this.#component, received: shape, expected },
    );
  }

  /** Timestep and class labels as the graph declares them: a scalar, one number, or one for each row; whole for integer types. */
  #numbers(timestep: number, rows: number): Pick<RowFeeds, 'arrays' | 'shared'> {
    const { name, type, shape } = this.#timestep;
    const value = type.startsWith('int') ? Math.round(timestep) : timestep;
    const each = (number: number): HostArray => ({ data: Array<number>(rows).fill(number), shape: [rows] });
    const labels = this.#label && { [this.#label.name]: each(this.#options.label!) };
    if (shape.length === 0) return { shared: { [name]: { data: [value], shape: [] } }, arrays: { ...labels } };
    if (shape[0] === 1 && this.sample.shape[0] !== 1) {
      return { shared: { [name]: { data: [value], shape: [1] } }, arrays: { ...labels } };
    }
    return { arrays: { [name]: each(value), ...labels } };
  }
}
