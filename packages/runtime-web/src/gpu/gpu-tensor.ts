import { GuidanceError, type Tensor } from '@sega/guidance';
import { sizeOf } from '@sega/guidance/runtime-kit';

/** A tensor in a buffer of the device, row-major from its front; the buffer may be longer. @internal */
export class GpuTensor implements Tensor {
  readonly shape: readonly number[];
  readonly size: number;
  #buffer: GPUBuffer | undefined;

  constructor(shape: readonly number[], buffer: GPUBuffer) {
    this.shape = shape;
    this.size = sizeOf(shape);
    this.#buffer = buffer;
  }

  /** @throws DISPOSED when the step that made the tensor is over and nobody kept it. */
  get buffer(): GPUBuffer {
    if (this.#buffer) return this.#buffer;
    throw new GuidanceError(
      'DISPOSED',
      `A tensor of shape [${this.shape}] was used after the step that made it. Call ops.keep(tensor) to hold it longer.`,
      { shape: this.shape },
    );
  }

  /** Takes the buffer away; using the tensor throws from now on. */
  detach(): GPUBuffer {
    const { buffer } = this;
    this.#buffer = undefined;
    return buffer;
  }
}
