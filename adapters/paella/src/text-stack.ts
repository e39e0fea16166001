import type { TextCondition } from '@sega/bundle/adapter';
import type { Tensor, TensorOps } from '@sega/guidance';

/** Added to the attention paid to padding: its exponential is 0. */
const HIDDEN = -1e4;

/**
 * Lengths are rounded up to a multiple of it, so that the texts a row shares a run with seldom change what is computed for
 * it.
 */
const LENGTH_UNIT = 64;

/** The texts of a batch, padded to one length. @internal */
export interface StackedTexts {
  /** [rows, length, width] */
  readonly condition: Tensor;
  /** [rows, length]: 0, or what hides padding. */
  readonly bias: Tensor;
  /** [rows, length] of 1. */
  readonly weight: Tensor;
}

interface Stacked extends StackedTexts {
  readonly conditions: readonly TextCondition[];
}

/**
 * Texts of several lengths as tensors, stacked once and used for as many steps as they stay the same.
 *
 * @internal
 */
export class TextStack {
  readonly #last = new WeakMap<TensorOps, Stacked>();

  /** Lives as long as the next call with the same `ops` wants the same rows. */
  tensors(conditions: readonly TextCondition[], ops: TensorOps): StackedTexts {
    const last = this.#last.get(ops);
    if (
      last?.conditions.length === conditions.length &&
      conditions.every((text, row) => text === last.conditions[row])
    ) {
      return last;
    }
    for (const part of last ? [last.condition, last.bias, last.weight] : []) ops.release(part);
    const stacked = { conditions, ...stack(conditions, ops) };
    this.#last.set(ops, stacked);
    return stacked;
  }
}

function stack(conditions: readonly TextCondition[], ops: TensorOps): StackedTexts {
  const longest = Math.max(...conditions.map(({ shape }) => shape[0]!));
  const length = Math.ceil(longest / LENGTH_UNIT) * LENGTH_UNIT;
  const width = conditions[0]!.shape[1]!;
  const condition = new Float32Array(conditions.length * length * width);
  const bias = new Float32Array(conditions.length * length).fill(HIDDEN);
  conditions.forEach(({ embedding, shape: [tokens = 0] }, row) => {
    condition.set(embedding, row * length * width);
    bias.fill(0, row * length, row * length + tokens);
  });
  const rows = [conditions.length, length];
  const kept = (data: Float32Array, shape: readonly number[]): Tensor => ops.keep(ops.fromArray(data, shape));
  return {
    condition: kept(condition, [...rows, width]),
    bias: kept(bias, rows),
    weight: kept(new Float32Array(bias.length).fill(1), rows),
  };
}
