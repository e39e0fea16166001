import { GuidanceError } from './errors.js';
import type { Coefficient } from './tensor.js';

/** True when a coefficient is one value for every picture. @internal */
export function everywhere(coefficient: Coefficient, value: number): boolean {
  return typeof coefficient === 'number' ? coefficient === value : coefficient.every((item) => item === value);
}

/** A function of one coefficient's values. @internal */
export function mapped(coefficient: Coefficient, apply: (value: number) => number): Coefficient {
  return typeof coefficient === 'number' ? apply(coefficient) : coefficient.map(apply);
}

/** A function of two coefficients, picture by picture. @internal */
export function combined(a: Coefficient, b: Coefficient, apply: (x: number, y: number) => number): Coefficient {
  if (typeof a === 'number') return mapped(b, (value) => apply(a, value));
  return a.map((value, item) => apply(value, typeof b === 'number' ? b : (b[item] ?? Number.NaN)));
}

/** Refuses a list that does not have one value for each picture. @throws OPTION_INVALID @internal */
export function checkItems(name: string, coefficient: Coefficient, items: number): void {
  if (typeof coefficient === 'number' || coefficient.length === items) return;
  throw new GuidanceError(
    'OPTION_INVALID',
    `${name} lists ${coefficient.length} values but the run makes ${items} pictures; give one number, or one for each picture.`,
    { option: name, received: coefficient.length, expected: items },
  );
}
