/** What one option of a scheduler_config.json may be. @internal */
export interface OptionRule {
  /** For the message. */
  readonly supported: string;
  accepts(value: unknown): boolean;
  /** The value the sampler takes; the value itself by default. */
  convert?(value: unknown): unknown;
}

/** @internal */
export const flag: OptionRule = { supported: 'true or false', accepts: (value) => typeof value === 'boolean' };

/** A feature that is not implemented: only its absence is accepted. @internal */
export const never: OptionRule = { supported: 'false', accepts: (value) => value === false };

/** Read by nothing that is implemented. @internal */
export const unread: OptionRule = { supported: 'anything', accepts: () => true };

/** @internal */
export function oneOf(...values: readonly (string | number)[]): OptionRule {
  return {
    supported: values.map((value) => JSON.stringify(value)).join(', '),
    accepts: (value) => values.includes(value as string | number),
  };
}

/** Some values, and others that diffusers replaces by one of them. @internal */
export function aliased(rule: OptionRule, aliases: Readonly<Record<string, string>>): OptionRule {
  return {
    supported: rule.supported,
    accepts: (value) => rule.accepts(value) || (typeof value === 'string' && Object.hasOwn(aliases, value)),
    convert: (value) => aliases[value as string] ?? value,
  };
}

/** @internal */
export function numberWithin(least: number, most: number = Number.POSITIVE_INFINITY): OptionRule {
  return {
    supported: `a number of at least ${least}${most === Number.POSITIVE_INFINITY ? '' : ` and at most ${most}`}`,
    accepts: (value) => typeof value === 'number' && value >= least && value <= most,
  };
}

/** @internal */
export function wholeNumberFrom(least: number): OptionRule {
  return {
    supported: `a whole number of at least ${least}`,
    accepts: (value) => Number.isInteger(value) && (value as number) >= least,
  };
}

/** @internal */
export const numbers: OptionRule = {
  supported: 'a list of numbers within (0, 1]',
  accepts: (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((entry) => typeof entry === 'number' && entry > 0 && entry <= 1),
};
