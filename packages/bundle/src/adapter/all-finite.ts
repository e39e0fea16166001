import { GuidanceError } from '@sega/guidance';

/** True when no number is NaN or infinite. @internal */
export function allFinite(values: Float32Array): boolean {
  // One sum stays finite exactly when all summands, times zero, are zero.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * 0;
  return sum === 0;
}

/** @internal */
export function notFinite(component: string, what: string): GuidanceError {
  return new GuidanceError(
    'NOT_FINITE',
    `The ${component} gave ${what} with NaN or infinite numbers. Graphs computing in float16 overflow at 65504: ` +
      'use an export that computes in float32, or a smaller guidance scale.',
    { component },
  );
}
