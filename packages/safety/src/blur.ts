import type { Image } from '@sega/guidance';

/** Three box filters in a row are close to a Gaussian. */
const PASSES = 3;

/**
 * A picture blurred until nothing but its colours can be made out: three box filters as wide as a quarter of the longer
 * side, borders repeated.
 *
 * @category Judge
 */
export function blur({ width, height, data }: Image): Image {
  const radius = Math.max(1, Math.ceil(Math.max(width, height) / 8));
  let values = Float32Array.from(data);
  for (let pass = 0; pass < PASSES; pass++) {
    values = boxed(values, { lines: height, length: width, line: width * 3, step: 3 }, radius);
    values = boxed(values, { lines: width, length: height, line: 3, step: width * 3 }, radius);
  }
  return { width, height, data: Uint8Array.from(values, Math.round) };
}

/** How lines of pixels lie in a picture. */
interface Lines {
  readonly lines: number;
  /** Pixels of a line. */
  readonly length: number;
  /** From one line to the next. */
  readonly line: number;
  /** From one pixel of a line to the next. */
  readonly step: number;
}

function boxed(x: Float32Array, { lines, length, line, step }: Lines, radius: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(x.length);
  const place = (i: number): number => Math.min(Math.max(i, 0), length - 1) * step;
  for (let channel = 0; channel < 3; channel++) {
    for (let k = 0; k < lines; k++) {
      const start = k * line + channel;
      let sum = 0;
      for (let i = -radius; i <= radius; i++) sum += x[start + place(i)]!;
      for (let i = 0; i < length; i++) {
        out[start + i * step] = sum / (2 * radius + 1);
        sum += x[start + place(i + radius + 1)]! - x[start + place(i - radius)]!;
      }
    }
  }
  return out;
}
