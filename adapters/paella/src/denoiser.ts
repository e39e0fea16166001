import type { AttentionWeights } from '@sega/bundle';
import { checkInputs, divide, extent, findPort, inLanes, ofBranch, type Part } from '@sega/bundle/adapter';
import {
  type Branch,
  type BranchConditions,
  type Graph,
  GuidanceError,
  type Port,
  type Prediction,
  Predictions,
  type Step,
  type Tensor,
  type TensorOps,
} from '@sega/guidance';
import type { PaellaText } from './text-encoder.js';
import { TextStack } from './text-stack.js';

const COMPONENT = 'denoiser';

/** Share of a row's cost that is spent once for each picture, before a text is first read. */
const SHARED = 0.3;

/**
 * Paella's denoiser: a grid of tokens, how much of it is replaced, and text → logits over the codebook for each branch.
 *
 * The graph takes each picture once; its rows are the pictures of the first branch, then those of the second, and so on.
 *
 * @internal
 */
export class TokenDenoiser {
  readonly #graph: Graph;
  readonly #codes: number;
  readonly #attentionWeights: AttentionWeights;
  readonly #maxRows: (shape: readonly number[]) => number;
  readonly #ports: Readonly<Record<'tokens' | 'r' | 'condition' | 'bias' | 'weight' | 'logits', Port>>;
  readonly #stacks = new Map<string, TextStack>();

  /**
   * @param codes - Of the bundle's codebook.
   * @param attentionWeights - What the attention of the prompt's branch to its condition is multiplied with.
   * @param maxRows - Rows one run may take, for a shape of the grid.
   * @throws UNSUPPORTED when the graph's ports are not those of such a denoiser; BUNDLE_INVALID when it has other codes.
   */
  constructor(
    graph: Graph,
    codes: number,
    attentionWeights: AttentionWeights,
    maxRows: (shape: readonly number[]) => number,
  ) {
    this.#graph = graph;
    this.#codes = codes;
    this.#attentionWeights = attentionWeights;
    this.#maxRows = maxRows;
    const input = (name: string, rank: number): Port => findPort(COMPONENT, graph.inputs, [name], rank);
    this.#ports = {
      tokens: input('tokens', 3),
      r: input('r', 1),
      condition: input('condition', 3),
      bias: input('condition_bias', 2),
      weight: input('condition_weight', 2),
      logits: findPort(COMPONENT, graph.outputs, ['logits'], 4),
    };
    const { logits, ...inputs } = this.#ports;
    checkInputs(COMPONENT, graph, Object.values(inputs));
    const given = logits.shape[1];
    if (typeof given === 'number' && given !== codes) throw otherCodes(COMPONENT, given, codes);
  }

  /**
   * @param picture - [pictures, tokens, width], which the prompt's branch alone attends to.
   * @throws PREDICTION_SHAPE when the graph returns another shape than it should.
   */
  async predict(
    x: Tensor,
    step: Step,
    branches: readonly BranchConditions[],
    ops: TensorOps,
    picture?: Tensor,
  ): Promise<Predictions> {
    const { lanes = 1 } = this.#graph;
    const parts = divide({
      pictures: x.shape[0]!,
      branches: branches.length,
      maxRows: this.#maxRows(x.shape),
      lanes,
      perPicture: SHARED,
    });
    // All are prepared before the first runs: a thread that wakes up may take this one's core.
    const runs = parts.map((part) => ({ part, feeds: this.#feeds(part, x, step, branches, picture, ops) }));
    const outputs = await inLanes(lanes, runs, async ({ part, feeds }) => {
      const values = (await this.#graph.run(feeds, ops))[this.#ports.logits.name]!;
      this.#checkShape(values, [extent(part.pictures) * extent(part.branches), this.#codes, ...x.shape.slice(1)]);
      return { part, values };
    });
    const byBranch = branches.map(({ branch }, index): readonly [Branch, Prediction] => {
      const values = outputs.flatMap(({ part, values }) => ofBranch(values, part, index, ops));
      return [branch, { value: values.length === 1 ? values[0]! : ops.concat(values) }];
    });
    return new Predictions(new Map(byBranch));
  }

  #feeds(
    { pictures, branches: [first, end] }: Part,
    x: Tensor,
    step: Step,
    branches: readonly BranchConditions[],
    picture: Tensor | undefined,
    ops: TensorOps,
  ): Parameters<Graph['run']>[0] {
    const { tokens, r, condition, bias, weight } = this.#ports;
    const count = extent(pictures);
    const rows = branches
      .slice(first, end)
      .flatMap(({ branch, conditions }) =>
        (conditions as readonly PaellaText[])
          .slice(...pictures)
          .map((text) => ({ text, isPrompt: branch === 'prompt' })),
      );
    const key = `${pictures} ${first},${end}`;
    const stack = this.#stacks.get(key) ?? new TextStack(this.#attentionWeights);
    this.#stacks.set(key, stack);
    const texts = stack.tensors(rows, picture, pictures, ops);
    return {
      [tokens.name]: count === x.shape[0] ? x : ops.slice(x, ...pictures),
      [r.name]: { data: Array<number>(count).fill(step.timestep), shape: [count] },
      [condition.name]: texts.condition,
      [bias.name]: texts.bias,
      [weight.name]: texts.weight,
    };
  }

  #checkShape({ shape }: Tensor, expected: readonly number[]): void {
    if (shape.length === expected.length && shape.every((extent, axis) => extent === expected[axis])) return;
    throw new GuidanceError(
      'PREDICTION_SHAPE',
      `The ${COMPONENT} returned [${shape}] where [${expected}] should be; use the graph the bundle was made with.`,
      { component: COMPONENT, received: shape, expected },
    );
  }
}

/** @internal */
export function otherCodes(component: string, given: unknown, codes: number): GuidanceError {
  return new GuidanceError(
    'BUNDLE_INVALID',
    `The ${component} has ${given} codes but the bundle's codebook ${codes}; both must be of one picture tokenizer. ` +
      'Export them together.',
    { component, received: given, expected: codes },
  );
}
