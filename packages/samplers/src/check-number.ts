import { GuidanceError } from '@sega/guidance';

/** Refuses a number outside [least, most], NaN included. @throws OPTION_INVALID @internal */
export function checkNumber(option: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  throw new GuidanceError('OPTION_INVALID', `${option} is ${value}; it must be a number from ${least} to ${most}.`, {
    option,
    value,
    least,
    most,
  });
}
