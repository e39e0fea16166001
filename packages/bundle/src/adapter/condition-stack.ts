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

/**
 * The conditions of a batch as one tensor, stacked once and used for as many steps as they stay the same.
 *
 * @internal
 */
export class ConditionStack {
  readonly #last = new WeakMap<TensorOps, { conditions: readonly TextCondition[]; tensor: Tensor }>();

  /** [rows, tokens, width]; lives as long as the next call with the same `ops` wants the same rows. */
  tensor(conditions: readonly TextCondition[], ops: TensorOps): Tensor {
    const last = this.#last.get(ops);
    if (last && sameConditions(last.conditions, conditions)) return last.tensor;
    if (last) ops.release(last.tensor);
    const [first] = conditions;
    const size = first!.embedding.length;
    const data = new Float32Array(conditions.length * size);
    conditions.forEach(({ embedding }, row) => {
      data.set(embedding, row * size);
    });
    const tensor = ops.keep(ops.fromArray(data, [conditions.length, ...first!.shape]));
    this.#last.set(ops, { conditions, tensor });
    return tensor;
  }
}

function sameConditions(a: readonly TextCondition[], b: readonly TextCondition[]): boolean {
  return a.length === b.length && a.every((condition, row) => condition === b[row]);
}
