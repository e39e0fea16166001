import { GuidanceError } from '@sega/guidance';

/** Positions of states denoised in one run: 16 rows of 64 × 64. */
const POSITIONS = 16 * 64 * 64;

/**
 * Rows a denoiser may take in one run for a shape of the state: what the caller says, or what fits 16 rows of 64 × 64.
 *
 * @param usual - Another rule where the caller says nothing; rounded down, 1 at least.
 * @throws OPTION_INVALID unless `maxRows` is a whole number of at least 1.
 * @internal
 */
export function rowBound(
  maxRows: number | undefined,
  usual: (shape: readonly number[]) => number = ([, , height = 1, width = 1]) => POSITIONS / (height * width),
): (shape: readonly number[]) => number {
  if (maxRows !== undefined && !(Number.isInteger(maxRows) && maxRows > 0)) {
    throw new GuidanceError('OPTION_INVALID', `maxRows is ${maxRows}; it must be a whole number of at least 1.`, {
      option: 'maxRows',
      value: maxRows,
    });
  }
  return (shape) => maxRows ?? Math.max(1, Math.floor(usual(shape)));
}
