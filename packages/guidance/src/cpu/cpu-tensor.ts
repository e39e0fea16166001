import { GuidanceError } from '../errors.js';
import { checkSize } from '../shape.js';
import type { Tensor } from '../tensor.js';

/**
 * A tensor on the heap. Runtimes wrap arrays of their own in it, which {@link cpuOps} then computes with but never
 * recycles.
 *
 * @category Tensors
 */
export class CpuTensor implements Tensor {
  readonly shape: readonly number[];
  #data: Float32Array | undefined;

  /** @param data - Row-major, one number for each element of `shape`. */
  constructor(shape: readonly number[], data: Float32Array) {
    checkSize(shape, data);
    this.shape = shape;
    this.#data = data;
  }

  /** The numbers, row-major. @throws DISPOSED when the step that made the tensor is over and nobody kept it. */
  get data(): Float32Array {
    if (this.#data) return this.#data;
    throw new GuidanceError(
      'DISPOSED',
      `A tensor of shape [${this.shape}] was read after the step that made it. Call ops.keep(tensor) to hold it longer.`,
      { shape: this.shape },
    );
  }

  /** Takes the array away; reading the tensor throws from now on. @internal */
  detach(): Float32Array {
    const data = this.data;
    this.#data = undefined;
    return data;
  }
}
