import { GuidanceError } from './errors.js';
import type { Coefficient } from './tensor.js';

/**
 * Refuses a number outside a closed range, NaN included; for per-item lists every entry is checked.
 *
 * @throws OPTION_INVALID naming the option, its value and the range.
 * @internal
 */
export function checkNumber(
  name: string,
  value: Coefficient,
  range: { min?: number; max?: number; integer?: boolean } = {},
): void {
  const { min = -Number.MAX_VALUE, max = Number.MAX_VALUE, integer = false } = range;
  for (const number of typeof value === 'number' ? [value] : value) {
    if (number >= min && number <= max && (!integer || Number.isInteger(number))) continue;
    const bounds = [
      range.min === undefined ? '' : `at least ${min}`,
      range.max === undefined ? '' : `at most ${max}`,
    ].filter(Boolean);
    throw new GuidanceError(
      'OPTION_INVALID',
      `${name} is ${number}; it must be a ${integer ? 'whole' : 'finite'} number${bounds.length ? ` of ${bounds.join(' and ')}` : ''}.`,
      { option: name, value: number, ...range },
    );
  }
}
