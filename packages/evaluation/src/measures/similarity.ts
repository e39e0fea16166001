import type { Image } from '@sega/guidance';

const [C1, C2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];
/** Pixels along a window's side, and between the corners of two. */
const [WINDOW, STRIDE] = [8, 4];

/**
 * Structural similarity of two pictures of one size, {@link https://doi.org/10.1109/TIP.2003.819861 | Wang et al. 2004}:
 * mean over 8×8 windows of luminance, 4 pixels apart.
 *
 *     SSIM = (2μₐμ_b + c₁)(2σ_ab + c₂) / ((μₐ² + μ_b² + c₁)(σₐ² + σ_b² + c₂))
 *
 * @returns At most 1, for equal pictures.
 * @internal
 */
export function similarity(a: Image, b: Image): number {
  const { width, height } = a;
  const [p, q] = [luminance(a), luminance(b)];
  let [sum, windows] = [0, 0];
  for (let top = 0; top + WINDOW <= height; top += STRIDE) {
    for (let left = 0; left + WINDOW <= width; left += STRIDE) {
      sum += windowSimilarity(p, q, width, top, left);
      windows++;
    }
  }
  return sum / windows;
}

function windowSimilarity(p: Float64Array, q: Float64Array, width: number, top: number, left: number): number {
  const n = WINDOW * WINDOW;
  let [a, b, aa, bb, ab] = [0, 0, 0, 0, 0];
  for (let y = top; y < top + WINDOW; y++) {
    for (let x = left; x < left + WINDOW; x++) {
      const [u, v] = [p[y * width + x]!, q[y * width + x]!];
      a += u;
      b += v;
      aa += u * u;
      bb += v * v;
      ab += u * v;
    }
  }
  const [ma, mb] = [a / n, b / n];
  const [va, vb, cov] = [aa / n - ma * ma, bb / n - mb * mb, ab / n - ma * mb];
  return ((2 * ma * mb + C1) * (2 * cov + C2)) / ((ma * ma + mb * mb + C1) * (va + vb + C2));
}

/** ITU-R BT.601. */
function luminance({ data }: Image): Float64Array {
  return Float64Array.from({ length: data.length / 3 }, (_, i) => {
    return 0.299 * data[i * 3]! + 0.587 * data[i * 3 + 1]! + 0.114 * data[i * 3 + 2]!;
  });
}
