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
import { divide, extent, type Part } from './batch-parts.js';
import { fixedBatch, inLanes, type RowFeeds, runRows } from './batched-rows.js';
import { DividedBatch, type DividedPart } from './divided-batch.js';
import { checkInputs, findPort } from './ports.js';
import { TextKeys } from './text-keys.js';

/** First axis of the states of a graph that takes each picture once, as tools/graphs.py names it. */
const PICTURES = 'pictures';
/** Share of a row's cost that such a graph spends before it first reads a text. */
const SHARED = 0.5;

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
  /** What makes of texts the inputs that the network takes in their place, once for all steps. Default: it reads texts itself. */
  readonly textKeys?: Graph;
}

/**
 * A UNet of diffusers' kind: a noisy state, a timestep and text → predictions by branch.
 *
 * The rows of one run are the pictures of the first branch, then those of the second, and so on. A graph whose `sample`
 * has a first axis named `pictures` is fed each picture once, and computes once what does not depend on the text.
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
  readonly #label: Port | undefined;
  readonly #isFixed: boolean;
  readonly #takesPictures: boolean;
  readonly #batch: DividedBatch;

  /** @throws UNSUPPORTED when the graph's ports are not those of such a UNet; BUNDLE_INVALID when the text keys are not its own. */
  constructor(graph: Graph, options: UNetOptions) {
    const { component = 'denoiser', label, textKeys } = options;
    this.#graph = graph;
    this.#options = options;
    this.#component = component;
    this.sample = findPort(component, graph.inputs, ['sample'], 4);
    this.#timestep = findPort(component, graph.inputs, ['timestep', 't'], 0);
    this.#label = label === undefined ? undefined : findPort(component, graph.inputs, ['class_labels'], 1);
    this.output = findPort(component, graph.outputs, ['out_sample'], 4);
    const others = [this.sample, this.#timestep, ...(this.#label ? [this.#label] : [])];
    const texts = textKeys
      ? graph.inputs.filter((port) => !others.includes(port))
      : [findPort(component, graph.inputs, ['encoder_hidden_states'], 3)];
    checkInputs(component, graph, [...others, ...texts]);
    this.#isFixed =
      fixedBatch(
        graph,
        [this.sample, ...texts].map(({ name }) => name),
      ) !== undefined;
    this.#takesPictures = this.sample.shape[0] === PICTURES;
    const keys = textKeys && new TextKeys(textKeys, component, texts);
    this.#batch = new DividedBatch(
      (shape, branches) => this.#divide(shape, branches),
      async (tensor, ops) => keys?.of(tensor, ops) ?? { [texts[0]!.name]: tensor },
    );
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
    const input = condition ? ops.concat([x, condition], 1) : x;
    const [, channels, ...plane] = x.shape as [number, number, ...number[]];
    const expected = [this.#options.variance ? 2 * channels : channels, ...plane];
    const { lanes = 1 } = this.#graph;
    const parts = await this.#batch.parts(x.shape, branches, ops);
    // All are prepared before the first runs: a thread that wakes up may take this one's core.
    const runs = parts.map((part) => ({ part, run: this.#prepare(part, input, step, ops) }));
    // Each part is taken apart while the others still run.
    const outputs = await inLanes(lanes, runs, async ({ part, run }) => this.#rows(part, await run(), expected, ops));
    const values: Tensor[][] = branches.map(() => []);
    parts.forEach(({ branches: [first] }, k) => {
      outputs[k]!.forEach((rows, i) => {
        values[first + i]!.push(rows);
      });
    });
    const byBranch = new Map<Branch, Prediction>();
    branches.forEach(({ branch }, i) => {
      const own = values[i]!.length === 1 ? values[i]![0]! : ops.concat(values[i]!);
      const prediction = this.#options.variance
        ? { value: ops.channels(own, 0, channels), rest: ops.channels(own, channels, 2 * channels) }
        : { value: own };
      byBranch.set(branch, prediction);
    });
    return new Predictions(byBranch);
  }

  #divide(shape: readonly number[], branches: number): readonly Part[] {
    const [pictures = 0] = shape;
    // Groups of a fixed batch may begin and end anywhere.
    if (this.#isFixed) return [{ pictures: [0, pictures], branches: [0, branches] }];
    const { lanes = 1 } = this.#graph;
    const perPicture = this.#takesPictures ? SHARED : 0;
    return divide({ pictures, branches, maxRows: this.#options.maxRows(shape), lanes, perPicture });
  }

  #prepare({ pictures, texts, rows }: DividedPart, input: Tensor, step: Step, ops: TensorOps): () => Promise<Tensor> {
    const items = extent(pictures);
    const states = items === input.shape[0] ? input : ops.slice(input, ...pictures);
    const sample =
      rows === items || this.#takesPictures ? states : ops.concat(Array<Tensor>(rows / items).fill(states));
    const tensors = { [this.sample.name]: sample, ...texts };
    const numbers = this.#numbers(step.timestep, rows);
    if (this.#isFixed) {
      const feeds: RowFeeds = { tensors, ...numbers };
      return () => runRows(this.#graph, this.output.name, feeds, rows, ops);
    }
    const feeds = { ...tensors, ...numbers.arrays, ...numbers.shared };
    return async () => (await this.#graph.run(feeds, ops))[this.output.name]!;
  }

  /** What a part's run gave, by its branches. */
  #rows({ pictures, rows }: DividedPart, output: Tensor, expected: readonly number[], ops: TensorOps): Tensor[] {
    this.#checkShape(output, [rows, ...expected]);
    const items = extent(pictures);
    if (rows === items) return [output];
    return Array.from({ length: rows / items }, (_, k) => ops.slice(output, k * items, (k + 1) * items));
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
