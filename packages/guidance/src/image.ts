/**
 * A finished picture: 8-bit RGB, row by row from the top left.
 *
 * @category Model
 */
export interface Image {
  readonly width: number;
  readonly height: number;
  /** width × height × 3 bytes. */
  readonly data: Uint8Array;
}

/** From here on numbers are whole: adding it rounds, halves to even. */
const INTEGERS = 2 ** 52;

/**
 * Pictures from a planar tensor in [−1, 1], shape [batch, 3, height, width]: round(255·clamp(x/2 + ½, 0, 1)), with
 * halves rounded to even as the reference implementations do.
 *
 * @category Model
 */
export function imagesFromPlanes(data: Float32Array, shape: readonly number[]): readonly Image[] {
  const [items = 0, , height = 0, width = 0] = shape;
  const area = height * width;
  return Array.from({ length: items }, (_, item) => {
    const pixels = new Uint8Array(area * 3);
    for (let channel = 0; channel < 3; channel++) {
      const offset = (item * 3 + channel) * area;
      for (let i = 0; i < area; i++) {
        const unit = Math.min(1, Math.max(0, Math.fround(Math.fround(data[offset + i]! / 2) + 0.5)));
        pixels[i * 3 + channel] = Math.fround(unit * 255) + INTEGERS - INTEGERS;
      }
    }
    return { width, height, data: pixels };
  });
}

/** The way back: numbers in [−1, 1] from pictures of one size, and their shape [items, 3, height, width]. @internal */
export function planesFromImages(images: readonly Image[]): readonly [Float32Array, readonly number[]] {
  const { width, height, data: first } = images[0]!;
  const size = first.length;
  const planes = new Float32Array(images.length * size);
  images.forEach(({ data }, item) => {
    data.forEach((value, i) => {
      planes[item * size + (i % 3) * (size / 3) + Math.floor(i / 3)] = Math.fround(value / 127.5) - 1;
    });
  });
  return [planes, [images.length, 3, height, width]];
}
