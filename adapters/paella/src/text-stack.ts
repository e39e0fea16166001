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
  /** [rows, length]: what attention is multiplied with after its softmax. */
  readonly weight: Tensor;
}

/** A text and how much attention it gets. @internal */
export interface WeightedText {
  readonly condition: TextCondition;
  /** 1 is the usual attention. */
  readonly weight: number;
}

interface Stacked extends StackedTexts {
  readonly texts: readonly WeightedText[];
}

/**
 * Texts of several lengths as tensors, stacked once and used for as many steps as they stay the same.
 *
 * @internal
 */
export class TextStack {
  readonly #last = new WeakMap<TensorOps, Stacked>();

  /** Lives as long as the next call with the same `ops` wants the same rows. */
  tensors(texts: readonly WeightedText[], ops: TensorOps): StackedTexts {
    const last = this.#last.get(ops);
    if (last && sameTexts(last.texts, texts)) return last;
    for (const part of last ? [last.condition, last.bias, last.weight] : []) ops.release(part);
    const stacked = { texts, ...stack(texts, ops) };
    this.#last.set(ops, stacked);
    return stacked;
  }
}

function sameTexts(a: readonly WeightedText[], b: readonly WeightedText[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ condition, weight }, row) => condition === b[row]!.condition && weight === b[row]!.weight)
  );
}

function stack(texts: readonly WeightedText[], ops: TensorOps): StackedTexts {
  const longest = Math.max(...texts.map(({ condition: { shape } }) => shape[0]!));
  const length = Math.ceil(longest / LENGTH_UNIT) * LENGTH_UNIT;
  const width = texts[0]!.condition.shape[1]!;
  const conditions = new Float32Array(texts.length * length * width);
  const bias = new Float32Array(texts.length * length).fill(HIDDEN);
  const weights = new Float32Array(bias.length);
  texts.forEach(({ condition: { embedding, shape }, weight }, row) => {
    conditions.set(embedding, row * length * width);
    bias.fill(0, row * length, row * length + shape[0]!);
    weights.fill(weight, row * length, (row + 1) * length);
  });
  const rows = [texts.length, length];
  const kept = (data: Float32Array, shape: readonly number[]): Tensor => ops.keep(ops.fromArray(data, shape));
  return {
    condition: kept(conditions, [...rows, width]),
    bias: kept(bias, rows),
    weight: kept(weights, rows),
  };
}
