import type { Codebook } from '@sega/bundle';
import { GuidanceError } from '@sega/guidance';

/** Longest side of a picture, in pixels. */
const LONGEST = 8192;

/** [items, height, width] of the grid of tokens for a size in pixels. @throws SIZE_UNSUPPORTED @internal */
export function gridShape(
  { factor, divisor }: Codebook,
  { width, height, items }: { readonly width: number; readonly height: number; readonly items: number },
): readonly number[] {
  const multiple = factor * divisor;
  for (const [side, pixels] of Object.entries({ width, height })) {
    if (pixels > 0 && pixels <= LONGEST && pixels % multiple === 0) continue;
    throw new GuidanceError(
      'SIZE_UNSUPPORTED',
      `Pictures of ${width} × ${height} were asked for; ${side} must be a multiple of ${multiple} up to ${LONGEST}: ` +
        `${factor} pixels for each token, in grids of multiples of ${divisor}.`,
      { width, height, multiple },
    );
  }
  return [items, height / factor, width / factor];
}
