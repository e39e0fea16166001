import type { Layout, Mask } from './layout.js';

/**
 * A block of float32 numbers somewhere: on the heap, in a worker, on a GPU. Only {@link TensorOps} of the same runtime
 * can compute with it and only its `Runtime` can read it.
 *
 * @category Tensors
 */
export interface Tensor {
  readonly shape: readonly number[];
}

/** A factor: one for all pictures of a batch, or one for each. @category Tensors */
export type Coefficient = number | readonly number[];

/** One summand of {@link TensorOps.sum}: a factor (a tensor of shape [batch] counts as one per item) and what it multiplies. @category Tensors */
export type Term = readonly [Coefficient | Tensor, Tensor];

/** Functions {@link TensorOps.map} applies to every element. @category Tensors */
export type ElementFunction = 'abs' | 'exp' | 'reciprocal';

/**
 * One concept's contribution to {@link TensorOps.sumTails}.
 *
 * @category Tensors
 */
export interface Tail {
  /** The prediction x of the concept. */
  readonly of: Tensor;
  /** Signed scale s: positive steers toward, negative away. */
  readonly scale: Coefficient;
  /** λ within [0, 1]: the share of values, smallest magnitudes first, that is dropped. */
  readonly threshold: Coefficient;
  /** Weight w of the tail in the sum. */
  readonly weight: Coefficient;
}

/**
 * The arithmetic guidance and samplers are written in. One instance belongs to one run and owns every tensor it makes.
 *
 * Operations return at once: a GPU implementation records them. Nothing here reads a value back, so no host decision
 * can depend on tensor data. The first axis of a tensor is the batch; reductions never cross it.
 *
 * Lifetime: tensors live until {@link TensorOps.endStep} unless {@link TensorOps.keep | kept}. Whoever keeps a tensor
 * releases it; `dispose` frees the rest.
 *
 * @category Tensors
 */
export interface TensorOps {
  /** Copies host numbers into a new tensor. `data.length` must equal the product of `shape`. */
  fromArray(data: Float32Array, shape: readonly number[]): Tensor;
  /** Σ aᵢ·xᵢ over at least one term; all xᵢ of one shape. Terms are added in the order given. */
  sum(terms: readonly Term[]): Tensor;
  /** Element by element a·b, of one shape. */
  multiply(a: Tensor, b: Tensor): Tensor;
  /** A function of every element. */
  map(x: Tensor, apply: ElementFunction): Tensor;
  /** min(max(x, low), high); a bound may be a tensor of shape [batch]. */
  clamp(x: Tensor, low: number | Tensor, high: number | Tensor): Tensor;
  /** x where test < bound, else 0. */
  keepBelow(x: Tensor, test: Tensor, bound: number): Tensor;
  /**
   * Σ w·tail(s·(x − origin)): each tail keeps the values whose magnitude reaches the λ-quantile of their group, else 0. With `terms`
   * what {@link TensorOps.sum} makes of them and of that, the tails last, to the last bit.
   */
  sumTails(tails: readonly Tail[], origin: Tensor, mask: Mask, layout: Layout, terms?: readonly Term[]): Tensor;
  /**
   * The largest of the second axis at every position, [batch, code, …] → [batch, …] as whole numbers; the first of equals. Not
   * finite where some logit is NaN or the largest is infinite.
   */
  argmax(logits: Tensor): Tensor;
  /**
   * A code for every position, drawn from softmax(logits/temperature) by the inverse of its distribution at `uniform`; not finite
   * where that is no distribution, as some logit is NaN or the largest is infinite.
   */
  categorical(logits: Tensor, temperature: number, uniform: Tensor): Tensor;
  /** ⟨a, b⟩ of each item, shape [batch]. */
  dot(a: Tensor, b: Tensor): Tensor;
  /** Sample standard deviation (n − 1) of each item, shape [batch]. */
  deviation(x: Tensor): Tensor;
  /** The q-quantile of each item with linear interpolation, shape [batch]. */
  quantile(x: Tensor, q: number): Tensor;
  /** Joins tensors along the batch axis, 0 by default, or along the second axis, 1. */
  concat(parts: readonly Tensor[], axis?: 0 | 1): Tensor;
  /** Items start (included) to end (excluded) along the batch axis. */
  slice(x: Tensor, start: number, end: number): Tensor;
  /** Channels start (included) to end (excluded) along the second axis. */
  channels(x: Tensor, start: number, end: number): Tensor;
  /** Planes [batch, channel, height, width] at another size: bilinear between pixels, corners kept on corners. */
  resize(x: Tensor, height: number, width: number): Tensor;
  /** Lets a tensor outlive the step; returns it. */
  keep(x: Tensor): Tensor;
  /** Gives a kept tensor back at the end of the step. */
  release(x: Tensor): void;
  /** Frees everything made since the last call that is not kept. */
  endStep(): void;
  /** Frees everything. */
  dispose(): void;
}
