import type { AttentionWeights } from '@sega/bundle';
import type { Tensor, TensorOps } from '@sega/guidance';
import { promptAttention } from './attention-weights.js';
import type { PaellaText } from './text-encoder.js';

/** Added to the attention paid to what a row shall not see: its exponential is 0. */
const HIDDEN = -1e4;

/**
 * Lengths are rounded up to a multiple of it, so that the texts a row shares a run with seldom change what is computed for
 * it.
 */
const LENGTH_UNIT = 64;

/** The conditions of a batch, padded to one length. @internal */
export interface StackedTexts {
  /** [rows, length, width] */
  readonly condition: Tensor;
  /** [rows, length]: 0, or what hides padding and the picture of another branch. */
  readonly bias: Tensor;
  /** [rows, length]: what attention is multiplied with after its softmax. */
  readonly weight: Tensor;
}

/** One picture on one branch. @internal */
export interface TextRow {
  readonly text: PaellaText;
  /** The prompt's branch alone sees the picture's tokens, and with the attention asked for. */
  readonly isPrompt: boolean;
}

interface Stacked extends StackedTexts {
  readonly rows: readonly TextRow[];
  readonly picture: Tensor | undefined;
}

/**
 * Texts of several lengths as tensors, with the tokens of the pictures at the end; stacked once and used for as many steps as they
 * stay the same.
 *
 * @internal
 */
export class TextStack {
  readonly #weights: AttentionWeights;
  readonly #last = new WeakMap<TensorOps, Stacked>();

  constructor(weights: AttentionWeights) {
    this.#weights = weights;
  }

  /**
   * Lives as long as the next call with the same `ops` wants the same rows.
   *
   * @param rows - Branch by branch, each for all pictures.
   * @param picture - [all pictures, tokens, width], of which the rows have those in the range.
   */
  tensors(
    rows: readonly TextRow[],
    picture: Tensor | undefined,
    range: readonly [number, number],
    ops: TensorOps,
  ): StackedTexts {
    const last = this.#last.get(ops);
    if (last && last.picture === picture && sameRows(last.rows, rows)) return last;
    for (const part of last ? [last.condition, last.bias, last.weight] : []) ops.release(part);
    const stacked = { rows, picture, ...stack(rows, picture && ops.slice(picture, ...range), this.#weights, ops) };
    this.#last.set(ops, stacked);
    return stacked;
  }
}

function sameRows(a: readonly TextRow[], b: readonly TextRow[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ text, isPrompt }, row) => text === b[row]!.text && isPrompt === b[row]!.isPrompt)
  );
}

function stack(
  rows: readonly TextRow[],
  picture: Tensor | undefined,
  attention: AttentionWeights,
  ops: TensorOps,
): StackedTexts {
  const longest = Math.max(...rows.map(({ text: { shape } }) => shape[0]!));
  const padded = Math.ceil(longest / LENGTH_UNIT) * LENGTH_UNIT;
  const width = rows[0]!.text.shape[1]!;
  const pictured = picture?.shape[1] ?? 0;
  const length = padded + pictured;
  const texts = new Float32Array(rows.length * padded * width);
  const bias = new Float32Array(rows.length * length).fill(HIDDEN);
  const weights = new Float32Array(bias.length).fill(1);
  rows.forEach(({ text: { embedding, shape, spelled }, isPrompt }, row) => {
    const [tokens, start, end] = [shape[0]!, row * length, (row + 1) * length];
    texts.set(embedding, row * padded * width);
    bias.fill(0, start, start + tokens);
    if (!isPrompt) return;
    bias.fill(0, end - pictured, end);
    const own = promptAttention(attention, tokens, spelled, pictured);
    weights.set(own.subarray(0, tokens), start);
    weights.set(own.subarray(tokens), end - pictured);
  });
  const text = ops.fromArray(texts, [rows.length, padded, width]);
  const shape = [rows.length, length];
  return {
    condition: ops.keep(picture ? ops.concat([text, repeated(picture, rows.length, ops)], 1) : text),
    bias: ops.keep(ops.fromArray(bias, shape)),
    weight: ops.keep(ops.fromArray(weights, shape)),
  };
}

/** The pictures again for every branch. */
function repeated(picture: Tensor, rows: number, ops: TensorOps): Tensor {
  return ops.concat(Array<Tensor>(rows / picture.shape[0]!).fill(picture));
}
