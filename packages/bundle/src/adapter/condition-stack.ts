import type { Condition, Tensor, TensorOps } from '@sega/guidance';

/** An encoded text: what a denoiser attends to. @internal */
export interface TextCondition extends Condition {
  /** Row-major tokens × width. */
  readonly embedding: Float32Array;
  /** [tokens, width] */
  readonly shape: readonly number[];
  /** The words that did not fit. */
  readonly dropped: string;
  /** One vector for the whole text, where the encoder was asked for it. */
  readonly pooled?: Float32Array;
}

/** What a denoiser is fed of texts, by its inputs. @internal */
export type TextFeeds = Readonly<Record<string, Tensor>>;

/** Texts [rows, tokens, width] → tensors whose first axis is the row. @internal */
export type ReadTexts = (texts: Tensor, ops: TensorOps) => Promise<TextFeeds>;

/**
 * The conditions of a batch as a denoiser reads them, made once and used for as many steps as they stay the same.
 *
 * @internal
 */
export class ConditionStack {
  readonly #read: ReadTexts;
  readonly #last = new WeakMap<TensorOps, { conditions: readonly TextCondition[]; feeds: TextFeeds }>();

  constructor(read: ReadTexts) {
    this.#read = read;
  }

  /** Live as long as the next call with the same `ops` wants the same rows. */
  async feeds(conditions: readonly TextCondition[], ops: TensorOps): Promise<TextFeeds> {
    const last = this.#last.get(ops);
    if (last && sameConditions(last.conditions, conditions)) return last.feeds;
    this.#last.delete(ops);
    for (const tensor of Object.values(last?.feeds ?? {})) ops.release(tensor);
    const feeds = await this.#read(stacked(conditions, ops), ops);
    for (const tensor of Object.values(feeds)) ops.keep(tensor);
    this.#last.set(ops, { conditions, feeds });
    return feeds;
  }
}

/** [rows, tokens, width] */
function stacked(conditions: readonly TextCondition[], ops: TensorOps): Tensor {
  const [first] = conditions;
  const size = first!.embedding.length;
  const data = new Float32Array(conditions.length * size);
  conditions.forEach(({ embedding }, row) => {
    data.set(embedding, row * size);
  });
  return ops.fromArray(data, [conditions.length, ...first!.shape]);
}

function sameConditions(a: readonly TextCondition[], b: readonly TextCondition[]): boolean {
  return a.length === b.length && a.every((condition, row) => condition === b[row]);
}
