import type { Image } from '@sega/guidance';

/** Bits after the point of a weight, as in Pillow: every sum of three bytes' worth of them fits 32 bits. */
const ONE = 2 ** 22;

/**
 * A picture at another size by Pillow's bicubic filter (a = −½) over the whole support when it shrinks, rows first, with
 * its rounding: the pixels are the same to the last bit.
 *
 * @internal
 */
export function resizeBicubic(image: Image, width: number, height: number): Image {
  const across = filtered(image.data, weightsOf(image.width, width), {
    lines: image.height,
    fromLine: image.width * 3,
    toLine: width * 3,
    step: 3,
  });
  const data = filtered(across, weightsOf(image.height, height), {
    lines: width,
    fromLine: 3,
    toLine: 3,
    step: width * 3,
  });
  return { width, height, data };
}

/** Which pixels of a line make up one, and with what weights. */
interface Weights {
  readonly first: number;
  readonly shares: readonly number[];
}

interface Lines {
  readonly lines: number;
  readonly fromLine: number;
  readonly toLine: number;
  /** From one pixel of a line to the next. */
  readonly step: number;
}

function filtered(x: Uint8Array, weights: readonly Weights[], { lines, fromLine, toLine, step }: Lines): Uint8Array {
  const out = new Uint8Array(lines * weights.length * 3);
  for (let line = 0; line < lines; line++) {
    for (const [place, { first, shares }] of weights.entries()) {
      for (let channel = 0; channel < 3; channel++) {
        const start = line * fromLine + first * step + channel;
        let sum = ONE / 2;
        for (const [k, share] of shares.entries()) sum += x[start + k * step]! * share;
        out[line * toLine + place * step + channel] = Math.min(255, Math.max(0, Math.floor(sum / ONE)));
      }
    }
  }
  return out;
}

function weightsOf(from: number, to: number): readonly Weights[] {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  return Array.from({ length: to }, (_, place) => {
    const center = (place + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - 2 * stretch + 0.5));
    const end = Math.min(from, Math.trunc(center + 2 * stretch + 0.5));
    const raw = Array.from({ length: end - first }, (_, k) => bicubic((k + first - center + 0.5) / stretch));
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    return { first, shares: raw.map((weight) => roundAway((weight / total) * ONE)) };
  });
}

function bicubic(x: number): number {
  const d = Math.abs(x);
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
  return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
}

function roundAway(x: number): number {
  return Math.trunc(x + (x < 0 ? -0.5 : 0.5));
}
