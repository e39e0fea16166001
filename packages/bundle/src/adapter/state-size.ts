import { GuidanceError, type Port } from '@sega/guidance';

/** Longest side of a picture, in pixels. */
const LONGEST = 8192;

/**
 * The picture sizes a denoiser can make, and the states they have.
 *
 * @internal
 */
export class StateSize {
  readonly #channels: number;
  readonly #factor: number;
  readonly #multiple: number;
  readonly #height: number | undefined;
  readonly #width: number | undefined;

  /**
   * @param sample - The denoiser's input: fixed extents allow one size only.
   * @param factor - Pixels of the finished picture for each position of the state.
   * @param divisor - What the state's sides must be multiples of: 2 to the number of times the UNet halves them.
   */
  constructor(sample: Port, channels: number, factor: number, divisor: number) {
    const [, , height, width] = sample.shape;
    this.#channels = channels;
    this.#factor = factor;
    this.#multiple = factor * divisor;
    this.#height = typeof height === 'number' ? height * factor : undefined;
    this.#width = typeof width === 'number' ? width * factor : undefined;
  }

  /** [items, channels, height, width] of the state. @throws SIZE_UNSUPPORTED naming the sizes that would do. */
  shape(size: { readonly width: number; readonly height: number; readonly items: number }): readonly number[] {
    const { width, height, items } = size;
    this.#check('width', width, this.#width, size);
    this.#check('height', height, this.#height, size);
    return [items, this.#channels, height / this.#factor, width / this.#factor];
  }

  #check(
    side: 'width' | 'height',
    pixels: number,
    only: number | undefined,
    { width, height }: { readonly width: number; readonly height: number },
  ): void {
    const fits = only === undefined ? this.#allows(pixels) : pixels === only;
    if (fits) return;
    const rule =
      only === undefined
        ? `a multiple of ${this.#multiple} up to ${LONGEST}, such as ${this.#nearest(pixels)}`
        : `${only}, the one size this export makes`;
    throw new GuidanceError(
      'SIZE_UNSUPPORTED',
      `Pictures of ${width} × ${height} were asked for; ${side} must be ${rule}.`,
      {
        width,
        height,
        multiple: this.#multiple,
        only,
      },
    );
  }

  #allows(pixels: number): boolean {
    return pixels > 0 && pixels <= LONGEST && pixels % this.#multiple === 0;
  }

  #nearest(pixels: number): number {
    const steps = Math.round((pixels || 0) / this.#multiple);
    return Math.min(Math.max(1, steps), Math.floor(LONGEST / this.#multiple)) * this.#multiple;
  }
}
