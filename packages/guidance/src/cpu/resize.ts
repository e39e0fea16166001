/**
 * Bilinear interpolation of every plane of [batch, channel, height, width]: pixel i of n lies at i·(m − 1)/(n − 1) of the
 * m source pixels, so that corners stay corners.
 *
 * @internal
 */
export function resize(
  out: Float32Array,
  x: Float32Array,
  [items, channels, fromHeight, fromWidth]: readonly number[],
  height: number,
  width: number,
): void {
  const area = fromHeight! * fromWidth!;
  let i = 0;
  for (let plane = 0; plane < items! * channels! * area; plane += area) {
    for (let row = 0; row < height; row++) {
      const [top, bottom, below] = between(row, height, fromHeight!);
      for (let column = 0; column < width; column++) {
        const [left, right, beside] = between(column, width, fromWidth!);
        const at = (y: number): number => {
          const start = plane + y * fromWidth!;
          return (1 - beside) * x[start + left]! + beside * x[start + right]!;
        };
        out[i++] = (1 - below) * at(top) + below * at(bottom);
      }
    }
  }
}

/** The two source pixels a pixel lies between, and its share of the second. */
function between(i: number, count: number, source: number): [number, number, number] {
  const place = count > 1 ? (i * (source - 1)) / (count - 1) : 0;
  const first = Math.floor(place);
  return [first, Math.min(first + 1, source - 1), place - first];
}
