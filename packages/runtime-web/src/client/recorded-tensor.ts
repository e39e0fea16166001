import { GuidanceError, type Tensor } from '@sega/guidance';

/** A tensor of the host, seen from the page: a shape and a number. @internal */
export class RecordedTensor implements Tensor {
  readonly shape: readonly number[];
  readonly #id: number;
  #freed = false;

  constructor(shape: readonly number[], id: number) {
    this.shape = shape;
    this.#id = id;
  }

  /** @throws DISPOSED when the step that made the tensor is over and nobody kept it. */
  get id(): number {
    if (!this.#freed) return this.#id;
    throw new GuidanceError(
      'DISPOSED',
      `A tensor of shape [${this.shape}] was used after the step that made it. Call ops.keep(tensor) to hold it longer.`,
      { shape: this.shape },
    );
  }

  /** Using the tensor throws from now on. Returns its number. */
  free(): number {
    this.#freed = true;
    return this.#id;
  }
}
