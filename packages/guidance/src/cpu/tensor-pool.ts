import { sizeOf } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { CpuTensor } from './cpu-tensor.js';

/**
 * The tensors of one run. Arrays of freed tensors serve later ones of the same length, so that a run allocates nothing
 * after its first steps.
 *
 * @internal
 */
export class TensorPool {
  readonly #free: Map<number, Float32Array[]> = new Map();
  /** Every tensor made and not freed yet, with the number of its keepers. */
  readonly #made: Map<Tensor, number> = new Map();

  /** A new tensor with unspecified contents. */
  make(shape: readonly number[]): CpuTensor {
    const size = sizeOf(shape);
    const tensor = new CpuTensor(shape, this.#free.get(size)?.pop() ?? new Float32Array(size));
    this.#made.set(tensor, 0);
    return tensor;
  }

  keep(x: Tensor): void {
    const keepers = this.#made.get(x);
    if (keepers !== undefined) this.#made.set(x, keepers + 1);
  }

  release(x: Tensor): void {
    const keepers = this.#made.get(x);
    if (keepers) this.#made.set(x, keepers - 1);
  }

  /** Frees what nobody keeps. */
  endStep(): void {
    this.#made.forEach((keepers, tensor) => {
      if (keepers > 0) return;
      this.#made.delete(tensor);
      const data = (tensor as CpuTensor).detach();
      const free = this.#free.get(data.length);
      if (free) free.push(data);
      else this.#free.set(data.length, [data]);
    });
  }

  dispose(): void {
    for (const tensor of this.#made.keys()) (tensor as CpuTensor).detach();
    this.#made.clear();
    this.#free.clear();
  }
}
